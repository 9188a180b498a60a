import type { Bundle } from 'fhir/r4.d.ts';
import { type FhirHttp, fhirHttp } from '../../support/fhir-http.ts';
import { dropMongoDatabase, mongoTestUri, newDatabaseName } from '../../support/mongo.ts';
import { type ServerProcess, withServerProcess } from '../../support/server-process.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const database = newDatabaseName();
/** Persons that every client creates, each under its identifier. */
const persons = 10;
/** Resources of each transaction. */
const linked = 3;

afterAll(() => dropMongoDatabase(database));

async function withThreeServers(work: (servers: ServerProcess[]) => Promise<void>): Promise<void> {
  const environment = {
    LOG_LEVEL: 'error',
    INSI_MODE: 'off',
    MONGODB_URI: await mongoTestUri(),
    MONGODB_DATABASE: database,
    MONGODB_CALL_TIMEOUT_SECONDS: '60',
    MONGODB_COMMIT_TIMEOUT_SECONDS: '120',
  };
  const servers: ServerProcess[] = [];
  const next = async (): Promise<void> => {
    if (servers.length === 3) return work(servers);
    return withServerProcess(await temporaryDirectory(), environment, (server) => {
      servers.push(server);
      return next();
    });
  };
  await next();
}

const identified = (system: string, value: string) => ({
  resourceType: 'Patient',
  identifier: [{ system, value }],
});

function transaction(group: string): object {
  const entry = Array.from({ length: linked }, () => ({
    resource: identified('urn:group', group),
    request: { method: 'POST', url: 'Patient' },
  }));
  return { resourceType: 'Bundle', type: 'transaction', entry };
}

interface Written {
  /** Values of the identifiers of persons that an answer told to be there. */
  persons: Set<string>;
  /** Groups whose transaction was acknowledged, and those that were sent at all. */
  groups: Set<string>;
  sent: Set<string>;
  /** Answers that are none of these. */
  refused: string[];
}

/** Creates every person, unless another client has, and a group of its own after each; ends with its server. */
async function write(http: FhirHttp, client: string, written: Written): Promise<void> {
  for (let turn = 0; turn < persons; turn++) {
    const person = `${turn}`;
    const condition = { 'If-None-Exist': `identifier=urn:person|${person}` };
    const group = `${client}-${turn}`;
    try {
      const created = await http.post('Patient', identified('urn:person', person), condition);
      if ([200, 201].includes(created.status)) written.persons.add(person);
      else written.refused.push(created.text);
      written.sent.add(group);
      const committed = await http.post('', transaction(group));
      if (committed.status === 200) written.groups.add(group);
      else written.refused.push(committed.text);
    } catch {
      return;
    }
  }
}

test('three servers write at once and one is killed: nothing is lost, halved or done twice', () =>
  withThreeServers(async (servers) => {
    const written: Written = { persons: new Set(), groups: new Set(), sent: new Set(), refused: [] };
    const clients = servers.flatMap((server, at) =>
      ['a', 'b'].map((name) => ({ http: fhirHttp(server.origin), name: `${at}${name}` })),
    );
    const writing = Promise.all(clients.map(({ http, name }) => write(http, name, written)));
    // In the middle of the work, whatever the speed of the machine.
    while (written.groups.size < persons && written.refused.length === 0)
      await new Promise((resolve) => setTimeout(resolve, 20));
    servers[2]?.signal('SIGKILL');
    await writing;

    expect(written.refused).toEqual([]);
    expect(written.persons.size).toBe(persons);
    expect(written.groups.size).toBeGreaterThanOrEqual(4 * persons);
    const http = fhirHttp(servers[0]?.origin ?? '');
    const found = async (identifier: string) => {
      const answer = await http.get(`Patient?identifier=${identifier}&_summary=count`);
      return answer.json<Bundle>().total;
    };
    for (const person of written.persons)
      expect([person, await found(`urn:person|${person}`)]).toEqual([person, 1]);
    for (const group of written.sent) {
      const allowed = written.groups.has(group) ? [linked] : [0, linked];
      expect({ group, allowed }).toEqual({
        group,
        allowed: expect.arrayContaining([await found(`urn:group|${group}`)]),
      });
    }
  }));
