import type { Bundle, FhirResource } from 'fhir/r4.d.ts';
import { patientOf } from '../patient.ts';
import { putTransaction } from '../transaction.ts';
import { BirthRegister, drawBirth } from './births.ts';
import { drawVisit } from './care.ts';
import { drawPerson } from './person.ts';
import { randomAt } from './random.ts';

/** What population to make. */
export interface PopulationOptions {
  /** Number of patients. */
  patients: number;
  /** Any 32-bit integer; the same seed gives the same persons. */
  seed?: number;
  /** Index of the first patient, to go on where an earlier run of the same seed ended. */
  firstIndex?: number;
  /** True to add a visit and two observations to each patient. */
  clinical?: boolean;
}

const patientsPerBundle = 50;

/**
 * A synthetic French population, as transactions of up to 50 patients, made one at a time in constant memory.
 * The person of an index depends on the seed alone, so a population can be extended: `firstIndex` 50 gives
 * the persons that follow the first 50. Ids and matricules are unique within one seed; another seed reuses both,
 * so load one seed into a tenant.
 *
 * Names, ages, sexes, places and identity statuses come in plausible shares; nobody of the population exists.
 *
 * @throws RangeError when a count is no natural number, or the population outgrows the numbers of a register
 */
export function* population(options: PopulationOptions): Generator<Bundle, void, undefined> {
  const { patients, seed = 1, firstIndex = 0, clinical = false } = options;
  if (!Number.isSafeInteger(patients) || patients < 0) throw new RangeError('patients is a natural number');
  if (!Number.isSafeInteger(firstIndex) || firstIndex < 0)
    throw new RangeError('firstIndex is a natural number');
  const register = new BirthRegister();
  for (let index = 0; index < firstIndex; index++) register.record(drawBirth(randomAt(seed, index)));

  let resources: FhirResource[] = [];
  for (let index = firstIndex; index < firstIndex + patients; index++) {
    const random = randomAt(seed, index);
    const birth = drawBirth(random);
    const patient = patientOf(drawPerson(random, index, birth, register.record(birth)));
    resources.push(patient, ...(clinical ? drawVisit(random, patient) : []));
    if ((index - firstIndex + 1) % patientsPerBundle === 0) {
      yield putTransaction(resources);
      resources = [];
    }
  }
  if (resources.length > 0) yield putTransaction(resources);
}
