import { type Account, type Activity, accountId } from '../sessions/accounts.ts';
import type { EnteredActivity, ProfessionalLogin } from './professional-login.ts';

/** The account of a professional who has entered. */
export function accountOf(login: Extract<ProfessionalLogin, { outcome: 'entered' }>): Account {
  const { tenant, practitioner: fhirUser, identity, activities } = login;
  const { issuer, subject } = identity;
  const id = accountId({ tenant, fhirUser });
  return { id, tenant, fhirUser, issuer, subject, activities: activities.map(activityOf) };
}

function activityOf({ practitionerRole, organization, role }: EnteredActivity): Activity {
  return {
    ...(practitionerRole === undefined ? {} : { practitionerRole }),
    ...(organization === undefined ? {} : { organization }),
    ...(role === undefined ? {} : { role }),
  };
}
