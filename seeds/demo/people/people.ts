import type { DemoPerson } from './demo-person.ts';
import { QUALIFIED } from './qualified.ts';
import { PROVISIONAL, QUALIFICATION_PERSONS, RETRIEVED, VALIDATED } from './unqualified.ts';

/** The thirty demo patients, in the order of their IPP. */
export const DEMO_PEOPLE: readonly DemoPerson[] = [
  ...QUALIFIED,
  ...RETRIEVED,
  ...VALIDATED,
  ...PROVISIONAL,
  ...QUALIFICATION_PERSONS,
];
