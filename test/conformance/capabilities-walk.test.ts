import type { CapabilityStatement, CapabilityStatementRestResource, Resource } from 'fhir/r4.d.ts';
import { type Answer, serverUnderTest } from '../support/fhir-http.ts';
import { minimalResource } from '../support/minimal-resource.ts';

// Without it there would be no AuditEvent to walk over.
const http = serverUnderTest({ AUDIT_EVENTS_FROM_CLIENTS: 'accept' });
let statement: CapabilityStatement;

beforeAll(async () => {
  statement = (await http.get('metadata')).json<CapabilityStatement>();
});

type Described = CapabilityStatementRestResource;

/** Calls each interaction of a type and answers the statuses, by the code of the interaction. */
async function walk(type: string): Promise<Record<string, number>> {
  const body = minimalResource(type);
  const found = await http.post(type, body);
  if (found.status !== 201) throw new Error(`${type}: ${found.text}`);
  const { id } = found.json<Resource>();
  const path = `${type}/${id}`;
  const patch = (operations: object[]) => ({
    headers: { 'Content-Type': 'application/json-patch+json' },
    body: operations,
  });
  const language = [{ op: 'add', path: '/language', value: 'fr' }];
  const calls: [code: string, call: () => Promise<Answer>][] = [
    ['read', () => http.get(path)],
    ['vread', () => http.get(`${path}/_history/1`)],
    ['update', () => http.put(path, { ...body, id })],
    ['patch', () => http.send('PATCH', path, patch(language))],
    ['conditionalPatch', () => http.send('PATCH', `${type}?_id=${id}`, patch(language))],
    ['conditionalUpdate', () => http.put(`${type}?_id=${id}`, { ...body, id })],
    ['history-instance', () => http.get(`${path}/_history`)],
    ['history-type', () => http.get(`${type}/_history`)],
    ['search-type', () => http.get(`${type}?_id=${id}`)],
    ['conditionalDelete', () => http.delete(`${type}?_id=${id}`)],
    ['updateCreate', () => http.put(path, { ...body, id })],
    ['delete', () => http.delete(path)],
  ];
  const statuses: Record<string, number> = { create: found.status };
  for (const [code, call] of calls) statuses[code] = (await call()).status;
  return statuses;
}

const success: Readonly<Record<string, number>> = {
  create: 201,
  read: 200,
  vread: 200,
  update: 200,
  patch: 200,
  conditionalPatch: 200,
  conditionalUpdate: 200,
  'history-instance': 200,
  'history-type': 200,
  'search-type': 200,
  conditionalDelete: 204,
  updateCreate: 201,
  delete: 204,
};

/** What nobody does to a type whose resources are never changed. */
const changes = new Set([
  'update',
  'patch',
  'conditionalPatch',
  'conditionalUpdate',
  'conditionalDelete',
  'updateCreate',
  'delete',
]);

/** The status of each interaction of a type. */
function expectedOf(type: string): Record<string, number> {
  if (type !== 'AuditEvent') return success;
  return Object.fromEntries(
    Object.entries(success).map(([code, status]) => [code, changes.has(code) ? 405 : status]),
  );
}

/** What a statement says of a type, in the words of `walk`. */
function promised(described: Described): string[] {
  const flags = ['conditionalUpdate', 'conditionalDelete', 'updateCreate'] as const;
  const isOffered = (value: unknown) => value !== undefined && value !== false && value !== 'not-supported';
  const codes: string[] = described.interaction!.map(({ code }) => code);
  return [
    ...codes,
    ...(codes.includes('patch') ? ['conditionalPatch'] : []),
    ...flags.filter((flag) => isOffered(described[flag])),
  ];
}

test('every interaction that the CapabilityStatement lists for a type works, and it lists all that work', async () => {
  for (const described of statement.rest![0]!.resource!) {
    const statuses = await walk(described.type);
    const expected = expectedOf(described.type);
    expect([described.type, statuses]).toEqual([described.type, expected]);
    const working = Object.keys(expected).filter((code) => expected[code]! < 400);
    expect([described.type, promised(described).sort()]).toEqual([described.type, working.sort()]);
  }
});

test('every interaction that it lists for the system works', async () => {
  const calls: Record<string, () => Promise<Answer>> = {
    batch: () => http.post('', { resourceType: 'Bundle', type: 'batch', entry: [] }),
    transaction: () => http.post('', { resourceType: 'Bundle', type: 'transaction', entry: [] }),
    'history-system': () => http.get('_history'),
    'search-system': () => http.get('?_type=Patient'),
  };
  for (const { code } of statement.rest![0]!.interaction!) {
    expect([code, (await calls[code]!()).status]).toEqual([code, 200]);
  }
});

test('every operation that it lists is there', async () => {
  const [{ resource = [], operation = [] }] = statement.rest as [
    NonNullable<CapabilityStatement['rest']>[number],
  ];
  const body = { resourceType: 'Parameters', parameter: [{ name: 'none', valueString: 'x' }] };
  const paths = [
    ...operation.map(({ name }) => [`$${name}`]),
    ...resource.flatMap(({ type, operation: own = [] }) =>
      own.map(({ name }) => [`${type}/$${name}`, `${type}/absent/$${name}`]),
    ),
  ];
  for (const levels of paths) {
    const answers = await Promise.all(levels.map((path) => http.post(path, body)));
    // Whatever an operation says of this input, it is not that it is not offered.
    const isThere = ({ status, text }: Answer) =>
      status < 500 && status !== 405 && !(status === 404 && text.includes('"code":"not-supported"'));
    expect([levels, answers.some(isThere)]).toEqual([levels, true]);
  }
});
