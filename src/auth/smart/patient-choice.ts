import type { Account, Activity } from '../sessions/accounts.ts';

/** A patient as the person who chooses sees one. */
export interface PatientChoice {
  id: string;
  /** Name, as it is shown. */
  name: string;
  birthDate?: string;
  sex?: string;
}

export interface EncounterChoice {
  id: string;
  /** What it is, and when it began. */
  label: string;
  start?: string;
}

/** The patients that a user may choose from when an app starts. What the user may not see is not there. */
export interface PatientDirectory {
  /** The first matches of a name. */
  search(user: DirectoryUser, name: string): Promise<PatientChoice[]>;
  read(user: DirectoryUser, id: string): Promise<PatientChoice | undefined>;
  /** The latest encounters of a patient. */
  encounters(user: DirectoryUser, patient: string): Promise<EncounterChoice[]>;
}

/** Who looks, and as what. */
export interface DirectoryUser {
  account: Account;
  activity: Activity | undefined;
}
