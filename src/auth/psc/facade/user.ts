import type { ProfessionalLogin } from '../professional-login.ts';

/** A professional as the facade tells of them. */
export interface FacadeUser {
  /** `Practitioner/id`. */
  practitioner: string;
  national_id: string | null;
  rpps: string | null;
  family_name: string | null;
  given_name: string | null;
  acr: string;
  authentication_mode: string | null;
  authenticated_at: string;
  activities: FacadeActivity[];
}

interface FacadeActivity {
  practitioner_role: string | null;
  organization: string | null;
  organization_name: string | null;
  profession: string | null;
  category: string | null;
  sector: string | null;
  role: string | null;
}

export function userOf(login: Extract<ProfessionalLogin, { outcome: 'entered' }>): FacadeUser {
  const { identity, practitioner, activities } = login;
  const { professional, assurance, authenticationMode, authenticatedAt } = identity;
  return {
    practitioner,
    national_id: professional.nationalId ?? null,
    rpps: professional.rpps ?? null,
    family_name: professional.familyName ?? null,
    given_name: professional.givenName ?? null,
    acr: `eidas${assurance}`,
    authentication_mode: authenticationMode ?? null,
    authenticated_at: new Date(authenticatedAt * 1000).toISOString(),
    activities: activities.map(({ practitionerRole, organization, practice, activity, role }) => ({
      practitioner_role: practitionerRole ?? null,
      organization: organization ?? null,
      organization_name: activity?.organizationName ?? professional.organization?.name ?? null,
      profession: practice?.profession ?? null,
      category: practice?.category ?? null,
      sector: activity?.sector ?? professional.organization?.sector ?? null,
      role: role ?? null,
    })),
  };
}
