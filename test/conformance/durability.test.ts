import type { Bundle, Patient } from 'fhir/r4.d.ts';
import { type FhirHttp, fhirHttp } from '../support/fhir-http.ts';
import { withDataFolder, withServerProcess } from '../support/server-process.ts';

const rounds = 20;
const clients = 8;
/** Resources of each transaction: a patient and the observations that refer to it. */
const linked = 5;

/** What the server acknowledged so far. */
interface Acknowledged {
  /** Version numbers by `Type/id`. */
  versions: Map<string, number>;
  deleted: Set<string>;
  /** Groups whose transaction was acknowledged. */
  transactions: Set<string>;
  /** Groups whose transaction was sent, acknowledged or not. */
  attempts: Set<string>;
}

function transaction(group: string): object {
  const urn = 'urn:uuid:0e1f6a55-0000-4000-8000-000000000000';
  const identifier = [{ system: 'urn:group', value: group }];
  const observation = (index: number) => ({
    resource: {
      resourceType: 'Observation',
      status: 'final',
      code: { text: `observation ${index}` },
      identifier,
      subject: { reference: urn },
    },
    request: { method: 'POST', url: 'Observation' },
  });
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        fullUrl: urn,
        resource: { resourceType: 'Patient', identifier },
        request: { method: 'POST', url: 'Patient' },
      },
      ...Array.from({ length: linked - 1 }, (_, index) => observation(index)),
    ],
  };
}

/** Writes of every kind, one after the other, until the server is gone. */
async function writeUntilKilled(http: FhirHttp, name: string, acknowledged: Acknowledged): Promise<void> {
  for (let turn = 0; ; turn++) {
    const id = `${name}-${turn}`;
    const key = `Patient/${id}`;
    try {
      acknowledged.attempts.add(id);
      const bundle = await http.post('', transaction(id));
      if (bundle.status === 200) acknowledged.transactions.add(id);
      const body = { resourceType: 'Patient', id };
      if ((await http.put(key, body)).status === 201) acknowledged.versions.set(key, 1);
      if ((await http.put(key, { ...body, active: true })).status === 200) acknowledged.versions.set(key, 2);
      if (turn % 3 === 0 && (await http.delete(key)).status === 204) acknowledged.deleted.add(key);
    } catch {
      return;
    }
  }
}

/** Everything that was acknowledged and is not there, and every transaction of which a part is there. */
async function losses(http: FhirHttp, acknowledged: Acknowledged): Promise<string[]> {
  const checks = [
    ...[...acknowledged.versions].map(([key, version]) => async () => {
      const answer = await http.get(`${key}/_history/${version}`);
      const isThere = answer.status === 200 && (version === 1 || answer.json<Patient>().active === true);
      return isThere ? [] : [`${key} version ${version}: ${answer.status}`];
    }),
    ...[...acknowledged.deleted].map((key) => async () => {
      return (await http.get(key)).status === 410 ? [] : [`${key} is not deleted`];
    }),
    ...[...acknowledged.attempts].map((group) => async () => {
      const search = `Patient?identifier=urn:group|${group}&_revinclude=Observation:subject`;
      const { length = 0 } = (await http.get(search)).json<Bundle>().entry ?? [];
      const allowed = acknowledged.transactions.has(group) ? [linked] : [0, linked];
      return allowed.includes(length) ? [] : [`transaction ${group}: ${length} resources`];
    }),
  ];
  const found: string[] = [];
  const worker = async () => {
    for (let check = checks.pop(); check !== undefined; check = checks.pop()) found.push(...(await check()));
  };
  await Promise.all(Array.from({ length: clients }, worker));
  return found;
}

describe('durability', () => {
  test(
    'a server that is killed twenty times under write load keeps every acknowledged write, and no half transaction',
    () =>
      withDataFolder(async (directory) => {
        const acknowledged: Acknowledged = {
          versions: new Map(),
          deleted: new Set(),
          transactions: new Set(),
          attempts: new Set(),
        };
        for (let round = 0; round < rounds; round++) {
          await withServerProcess(directory, { LOG_LEVEL: 'error' }, async (server) => {
            const writers = Array.from({ length: clients }, (_, client) =>
              writeUntilKilled(fhirHttp(server.origin), `r${round}-c${client}`, acknowledged),
            );
            // The moment differs from round to round, and falls on another point of the writes under way.
            await new Promise((resolve) => setTimeout(resolve, 150 + 23 * round));
            server.signal('SIGKILL');
            await Promise.all(writers);
          });
        }
        expect(acknowledged.transactions.size).toBeGreaterThan(rounds * clients);
        await withServerProcess(directory, { LOG_LEVEL: 'error' }, async (server) => {
          expect(await losses(fhirHttp(server.origin), acknowledged)).toEqual([]);
        });
      }),
    180_000,
  );
});
