import { niaOid, type SimulatedFault } from './answer-writer.ts';
import { faults } from './faults.ts';
import type { SimulatedPerson } from './persons.ts';

type Fields = ReadonlyMap<string, readonly string[]>;

/** The persons that a search by traits designates, or the fault of its input. */
export function findPersons(
  persons: readonly SimulatedPerson[],
  fields: Fields,
): { found: SimulatedPerson[] } | { fault: SimulatedFault } {
  const fault = inputFault(fields);
  return fault === undefined ? { found: persons.filter((person) => matches(person, fields)) } : { fault };
}

/** Whether the INS and the traits of a unit verification belong to one person. */
export function isVerified(persons: readonly SimulatedPerson[], fields: Fields, nirOid: string): boolean {
  return persons.some((person) => {
    const { active, givenNames } = person;
    return (
      first(fields, 'NumIdentifiant') === active.number &&
      first(fields, 'OID') === (active.kind === 'NIA' ? niaOid : nirOid) &&
      first(fields, 'ListePrenom') === givenNames.join(' ') &&
      matchesBirth(person, fields)
    );
  });
}

/** Exact equality; one given name of the list, or the whole list; the place only when it is given. */
function matches(person: SimulatedPerson, fields: Fields): boolean {
  const list = person.givenNames.join(' ');
  const asked = fields.get('Prenom') ?? [];
  return (
    matchesBirth(person, fields) && asked.every((name) => name === list || person.givenNames.includes(name))
  );
}

function matchesBirth(person: SimulatedPerson, fields: Fields): boolean {
  const place = first(fields, 'LieuNaissance');
  return (
    first(fields, 'NomNaissance') === (person.searchedBirthName ?? person.birthName) &&
    first(fields, 'Sexe') === person.sex &&
    first(fields, 'DateNaissance') === person.birthDate &&
    (place === undefined || place === person.birthPlace)
  );
}

/** The real service takes neither lower case nor accents. */
function inputFault(fields: Fields): SimulatedFault | undefined {
  const birthName = first(fields, 'NomNaissance');
  if (birthName === undefined) return faults.birthNameMissing;
  if (!/^[MF]$/.test(first(fields, 'Sexe') ?? '')) return faults.sexInvalid;
  const names = [birthName, ...(fields.get('Prenom') ?? [])];
  if (!names.every((name) => /^[A-Z' -]+$/.test(name))) return faults.inputInvalid;
  return /^\d{4}-\d{2}-\d{2}$/.test(first(fields, 'DateNaissance') ?? '') ? undefined : faults.inputInvalid;
}

function first(fields: Fields, name: string): string | undefined {
  return fields.get(name)?.[0] || undefined;
}
