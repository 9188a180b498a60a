import type { SimulatedIns, SimulatedPerson } from '../../src/simulators/insi/persons.ts';
import type { DemoPerson } from './people/demo-person.ts';
import { demoPeople } from './people/people.ts';

/**
 * What INSi knows of the demo patients. On purpose it does not know patient-nguyen-thi-lan and
 * patient-lambert-zelie, has another second given name for patient-moreau-anne and a newer matricule for
 * patient-roux-sophie. The persons whom the Cnam publishes for qualification are left to the simulator itself.
 */
export function simulatedPersons(): SimulatedPerson[] {
  return demoPeople.flatMap((person) =>
    person.insi === undefined ? [] : [referenceOf(person, person.insi)],
  );
}

function referenceOf(person: DemoPerson, insi: NonNullable<DemoPerson['insi']>): SimulatedPerson {
  const matricule = insi.matricule ?? person.matricule?.value;
  if (matricule === undefined) throw new Error(`${person.id}: INSi gives a matricule to whom it knows`);
  return {
    birthName: person.birthName,
    givenNames: insi.givenNames ?? person.givenNames,
    sex: person.gender === 'male' ? 'M' : 'F',
    birthDate: person.birthDate,
    ...(person.birthPlace ? { birthPlace: person.birthPlace.cog } : {}),
    active: insOf(matricule),
    history: (insi.formerMatricules ?? person.formerMatricules ?? []).map(({ value, start, end }) => ({
      ...insOf(value),
      start,
      end,
    })),
  };
}

function insOf(matricule: string): SimulatedIns {
  return {
    number: matricule.slice(0, 13),
    key: matricule.slice(13),
    kind: 'NIR',
  };
}
