import type { Bundle } from 'fhir/r4.d.ts';
import { patientOf } from '../patient.ts';
import { putTransaction } from '../transaction.ts';
import { documentReferences } from './documents.ts';
import { encounters } from './encounters.ts';
import { hospital, locations, organizations } from './hospital.ts';
import { observations } from './observations.ts';
import { demoPeople } from './people/people.ts';
import { practitionerRoles, practitioners } from './practitioners.ts';
import { allergies, conditions } from './problems.ts';

/**
 * A small French hospital as one transaction, the same at each call. Every person is invented: matricules are
 * under the test OID, save one NIA of a person whom the Cnam publishes for tests. What a resource refers to
 * comes before it.
 */
export function demoBundle(): Bundle {
  return putTransaction([
    ...organizations(),
    ...locations(),
    ...practitioners(),
    ...practitionerRoles(),
    ...demoPeople.map((person) => patientOf({ ...person, managingOrganization: hospital.site })),
    ...encounters(),
    ...observations(),
    ...conditions(),
    ...allergies(),
    ...documentReferences(),
  ]);
}
