import type { DemoPerson } from './demo-person.ts';
import { qualifiedPeople } from './qualified.ts';
import { provisionalPeople, qualificationPeople, retrievedPeople, validatedPeople } from './unqualified.ts';

/** The thirty demo patients, in the order of their IPP. */
export const demoPeople: readonly DemoPerson[] = [
  ...qualifiedPeople,
  ...retrievedPeople,
  ...validatedPeople,
  ...provisionalPeople,
  ...qualificationPeople,
];
