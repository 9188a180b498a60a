import type { Observation } from 'fhir/r4.d.ts';
import { backend, type ServerOfActors, startServerOfActors } from './actors.ts';
import { created, type FhirHttp } from './fhir-http.ts';

export const laboratory = {
  system: 'http://terminology.hl7.org/CodeSystem/observation-category',
  code: 'laboratory',
};
export const vitalSigns = { ...laboratory, code: 'vital-signs' };

export function observation(patient: string, changes: Partial<Observation> = {}): Observation {
  return {
    resourceType: 'Observation',
    status: 'final',
    category: [{ coding: [laboratory] }],
    code: { coding: [{ system: 'http://loinc.org', code: '718-7' }] },
    subject: { reference: `Patient/${patient}` },
    ...changes,
  };
}

/** A server with the records of two patients, `mine` and `theirs`, which lead to each other in all ways that there are. */
export interface TwoPatients {
  server: ServerOfActors;
  /** Reaches everything. */
  all: FhirHttp;
  /** An app that was launched for patient `mine`. */
  app: FhirHttp;
  ids: { observation: IdsOfTwo; encounter: IdsOfTwo };
}

interface IdsOfTwo {
  mine: string;
  theirs: string;
}

export async function startTwoPatients(): Promise<TwoPatients> {
  const ids = { observation: { mine: '', theirs: '' }, encounter: { mine: '', theirs: '' } };
  const server = await startServerOfActors();
  const all = server.as(backend);
  const app = server.as({
    roles: ['doctor', 'secretary'],
    scope: 'launch/patient patient/*.cruds',
    patient: 'mine',
  });
  for (const [id, family] of [
    ['mine', 'Martin'],
    ['theirs', 'Zola'],
  ] as const) {
    const patient = {
      resourceType: 'Patient',
      id,
      name: [{ family }],
      identifier: [{ system: 'urn:s', value: id }],
    };
    expect((await all.put(`Patient/${id}`, patient)).status).toBe(201);
    const encounter = {
      resourceType: 'Encounter',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      subject: { reference: `Patient/${id}` },
      identifier: [{ system: 'urn:e', value: `e-${id}` }],
    };
    ids.encounter[id] = await created(all, encounter);
    ids.observation[id] = await created(all, observation(id));
  }
  // One of mine that leads to theirs.
  await all.put('Observation/leads', {
    ...observation('mine', { id: 'leads', encounter: { reference: `Encounter/${ids.encounter.theirs}` } }),
    focus: [{ reference: 'Patient/theirs' }],
    hasMember: [{ reference: `Observation/${ids.observation.theirs}` }],
  });
  await all.put('List/theirs', {
    resourceType: 'List',
    id: 'theirs',
    status: 'current',
    mode: 'working',
    subject: { reference: 'Patient/theirs' },
    entry: [{ item: { reference: 'Observation/leads' } }],
  });
  await all.put('Patient/theirs', {
    resourceType: 'Patient',
    id: 'theirs',
    name: [{ family: 'Zola' }],
    identifier: [{ system: 'urn:s', value: 'theirs' }],
    link: [{ other: { reference: 'Patient/mine' }, type: 'seealso' }],
  });
  await all.put('Binary/theirs', {
    resourceType: 'Binary',
    id: 'theirs',
    contentType: 'text/plain',
    securityContext: { reference: 'Patient/theirs' },
    data: 'c2VjcmV0',
  });
  await all.put('Binary/mine', {
    resourceType: 'Binary',
    id: 'mine',
    contentType: 'text/plain',
    securityContext: { reference: 'Patient/mine' },
    data: 'bWluZQ==',
  });
  await all.put('Group/both', {
    resourceType: 'Group',
    id: 'both',
    type: 'person',
    actual: true,
    member: [{ entity: { reference: 'Patient/mine' } }, { entity: { reference: 'Patient/theirs' } }],
  });
  // It was about somebody else before.
  await all.put('Observation/moved', observation('theirs', { id: 'moved' }));
  await all.put('Observation/moved', observation('mine', { id: 'moved' }));
  await all.put('Observation/lost', observation('mine', { id: 'lost' }));
  await all.put('Observation/lost', observation('theirs', { id: 'lost' }));
  await all.put('Observation/gone', observation('theirs', { id: 'gone' }));
  await all.delete('Observation/gone');
  await all.put('Observation/own-gone', observation('mine', { id: 'own-gone' }));
  await all.delete('Observation/own-gone');
  return { server, all, app, ids };
}
