import type { Actor } from '../../access/actor.ts';
import type { DirectoryUser } from './patient-choice.ts';

/** A user at the pages, as the one who asks: within the role alone, because no scope is granted yet. */
export function actorOf({ account, activity }: DirectoryUser): Actor {
  const { tenant, fhirUser, issuer, subject } = account;
  return {
    kind: fhirUser.startsWith('Patient/') ? 'patient' : 'professional',
    tenant,
    subject: { issuer, value: subject },
    fhirUser,
    roles: activity?.role === undefined ? [] : [activity.role],
    ...(activity?.organization === undefined ? {} : { organization: activity.organization }),
    context: {},
  };
}
