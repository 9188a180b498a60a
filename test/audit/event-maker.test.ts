import type { AuditEvent } from 'fhir/r4.d.ts';
import { restEvent } from '../../src/audit/balp/rest-event.ts';
import { eventChange } from '../../src/audit/event-change.ts';
import { type Accessed, EventMaker } from '../../src/audit/event-maker.ts';
import type { IndexValues } from '../../src/search/index-values.ts';
import { backEnd, contextOf, doctor, nobody, source } from './actors.ts';
import { extractor } from './extractor.ts';

const resource = { type: 'Observation', id: 'o1', version: 3 };
const query = Buffer.from('GET /Patient?family=adrun').toString('base64');

const accesses: Accessed[] = [
  { kind: 'Read', interaction: 'read', resource, outcome: '0' },
  { kind: 'Read', interaction: 'read', resource, patient: 'zoe', outcome: '0' },
  {
    kind: 'Read',
    interaction: 'vread',
    resource: { type: 'Patient', id: 'zoe' },
    patient: 'zoe',
    outcome: '4',
    outcomeDesc: '404 not-found',
    query,
  },
  { kind: 'Query', interaction: 'search-type', query, outcome: '0' },
  {
    kind: 'Query',
    interaction: 'operation',
    operation: 'everything',
    resource: { type: 'Patient', id: 'zoe' },
    query,
    patient: 'zoe',
    outcome: '0',
  },
  { kind: 'Delete', interaction: 'delete', resource, patient: 'zoe', outcome: '0' },
];

/** Index values without the order in which they were found. */
function unordered(index: IndexValues): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(index).map(([family, values]) => [
      family,
      (values as unknown[]).map((value) => JSON.stringify(value, Object.keys(value as object).sort())).sort(),
    ]),
  );
}

describe('an event filled into a template is the one that is made as a resource', () => {
  test.each([doctor, backEnd, nobody].flatMap((actor) => accesses.map((access) => ({ actor, access }))))(
    '$actor.kind, $access.kind $access.interaction',
    ({ actor, access }) => {
      const maker = new EventMaker({ source, extract: extractor, revision: () => 1 });
      // The first makes the template, the others fill it.
      for (const [number, patient] of ['zoe', 'léa-is-no-id', 'max'].entries()) {
        const recorded = 1_790_000_000_000 + number;
        const lastUpdated = recorded + number * 7;
        const given = access.patient === undefined ? access : { ...access, patient };
        const context = { ...contextOf(actor), requestId: `request-${number}` };
        const made = maker.change(`id-${number}`, { recorded, lastUpdated }, context, given);
        const event = restEvent(source, context, { ...given, recorded: new Date(recorded).toISOString() });
        const expected = eventChange(`id-${number}`, event, lastUpdated, extractor);
        if (patient !== 'léa-is-no-id') expect(unordered(made.index)).toEqual(unordered(expected.index));
        expect({ ...made, index: undefined }).toEqual({ ...expected, index: undefined });
      }
    },
  );
});

test('events of one template do not share what differs', () => {
  const maker = new EventMaker({ source, extract: extractor, revision: () => 1 });
  const times = { recorded: 1, lastUpdated: 1 };
  const read = (patient: string) =>
    maker.change(patient, times, contextOf(doctor), { ...accesses[1]!, patient });
  const [first, second] = [read('zoe'), read('max')];
  const patients = (index: IndexValues) =>
    index.reference.flatMap((value) => (value.parameter === 'patient' && 'id' in value ? [value.id] : []));
  expect(patients(first.index)).toEqual(['zoe']);
  expect(patients(second.index)).toEqual(['max']);
});

test('other actors, addresses and outcomes have templates of their own', () => {
  const maker = new EventMaker({ source, extract: extractor, revision: () => 1 });
  const times = { recorded: 1, lastUpdated: 1 };
  const event = (actor: typeof doctor, address: string, access: Accessed) =>
    JSON.parse(maker.change('x', times, { ...contextOf(actor), address }, access).body) as AuditEvent;
  const [read, , missing] = accesses as [Accessed, Accessed, Accessed];
  expect(event(doctor, '192.0.2.1', read).agent[0]?.network?.address).toBe('192.0.2.1');
  expect(event(doctor, '192.0.2.2', read).agent[0]?.network?.address).toBe('192.0.2.2');
  expect(
    event({ ...doctor, roles: ['nurse'] }, '192.0.2.1', read).agent[2]?.role?.[0]?.coding?.[0]?.code,
  ).toBe('nurse');
  expect(event(doctor, '192.0.2.1', missing).outcome).toBe('4');
  expect(event(doctor, '192.0.2.1', { ...missing, outcomeDesc: '410 deleted' }).outcomeDesc).toBe(
    '410 deleted',
  );
});

test('the values follow when the search parameters change', () => {
  let generation = 1;
  const extract = (given: Parameters<typeof extractor>[0]) => ({ ...extractor(given), generation });
  const maker = new EventMaker({ source, extract, revision: () => generation });
  const make = () =>
    maker.change('x', { recorded: 1, lastUpdated: 1 }, contextOf(doctor), accesses[0]!).index.generation;
  expect(make()).toBe(1);
  generation = 2;
  expect(make()).toBe(2);
});
