import type { Bundle, Encounter, HumanName, Patient, Resource } from 'fhir/r4.d.ts';
import type { Actor } from '../../access/actor.ts';
import { FhirError } from '../../fhir/error.ts';
import type { Access } from '../../interactions/access.ts';
import type { Interactions } from '../../interactions/interaction.ts';
import type { QueryParameter } from '../../interactions/request.ts';
import { actorOf } from './directory-actor.ts';
import type { DirectoryUser, EncounterChoice, PatientChoice, PatientDirectory } from './patient-choice.ts';

/** Choices that a page offers at most. */
const most = '20';

export interface FhirPatientsOptions {
  interactions: Interactions;
  baseUrl: string;
  accessTo(actor: Actor): Access | Promise<Access>;
}

/** The patients of the FHIR API, looked for in the name of the user who chooses. */
export function fhirPatients({ interactions, baseUrl, accessTo }: FhirPatientsOptions): PatientDirectory {
  /** @returns `undefined` when the user may not have it, or it is not there */
  const get = async <T extends Resource>(
    user: DirectoryUser,
    path: readonly string[],
    query: readonly QueryParameter[] = [],
  ): Promise<T | undefined> => {
    const access = await accessTo(actorOf(user));
    try {
      const { body } = await interactions({ access, method: 'GET', path, query, headers: {}, baseUrl }).run();
      return body && (JSON.parse(body.toString('utf8')) as T);
    } catch (error) {
      if (error instanceof FhirError && [403, 404, 410].includes(error.status)) return undefined;
      throw error;
    }
  };
  const matches = async <T extends Resource>(user: DirectoryUser, type: string, query: QueryParameter[]) => {
    const bundle = await get<Bundle<T>>(user, [type], [...query, ['_count', most]]);
    return (bundle?.entry ?? []).flatMap(({ resource }) =>
      resource?.resourceType === type ? [resource] : [],
    );
  };
  return {
    async search(user, name) {
      const query: QueryParameter[] = [
        ['name', name.replace(/[\\,|$]/g, '\\$&')],
        ['_sort', 'family'],
      ];
      return (await matches<Patient>(user, 'Patient', query)).map(patientChoice);
    },
    async read(user, id) {
      const patient = await get<Patient>(user, ['Patient', id]);
      return patient && patientChoice(patient);
    },
    async encounters(user, patient) {
      const query: QueryParameter[] = [
        ['patient', patient],
        ['_sort', '-date'],
      ];
      return (await matches<Encounter>(user, 'Encounter', query)).map(encounterChoice);
    },
  };
}

function patientChoice({ id = '', name = [], birthDate, gender }: Patient): PatientChoice {
  const sex = gender === 'male' ? 'M' : gender === 'female' ? 'F' : undefined;
  return {
    id,
    name: shown(name.find(({ use }) => use === 'usual' || use === 'official') ?? name[0]) || id,
    ...(birthDate === undefined ? {} : { birthDate }),
    ...(sex === undefined ? {} : { sex }),
  };
}

function shown({ text, family, given = [] }: HumanName = {}): string {
  return text ?? [family, ...given].filter(Boolean).join(' ');
}

function encounterChoice({ id = '', type, class: kind, period }: Encounter): EncounterChoice {
  const { text, coding = [] } = type?.[0] ?? {};
  return {
    id,
    label: text ?? coding[0]?.display ?? kind.display ?? kind.code ?? id,
    ...(period?.start === undefined ? {} : { start: period.start.slice(0, 10) }),
  };
}
