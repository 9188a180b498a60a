import { MongoClient, MongoServerError } from 'mongodb';
import { faultOf, readsDocuments, type SentCommand } from './mongo-plans.ts';

/**
 * Explains each shape of query that servers of a test file send, once, while the data is there that it was sent for.
 * Servers of another process are not seen.
 */
const shapes = new Set<string>();
const faults: string[] = [];
const explainers = new Map<string, Promise<MongoClient>>();
let explained: Promise<void> = Promise.resolve();

/** What the types of the driver do not tell of a client. */
type OpenClient = MongoClient & { monitorCommands: boolean; s: { url: string } };

const { connect } = MongoClient.prototype;
MongoClient.prototype.connect = function (this: OpenClient) {
  if (this.options.appName === 'passerelle') {
    const { url } = this.s;
    this.monitorCommands = true;
    this.on('commandStarted', ({ commandName, command, databaseName }) =>
      take({ url, database: databaseName }, { name: commandName, command }),
    );
  }
  return connect.call(this);
};

interface Place {
  url: string;
  database: string;
}

function take(place: Place, sent: SentCommand): void {
  if (!readsDocuments(sent)) return;
  const shape = `${sent.name} ${JSON.stringify(sent.command, withoutValues)}`;
  if (shapes.has(shape)) return;
  shapes.add(shape);
  explained = Promise.all([explained, check(place, sent)]).then(() => undefined);
}

async function check({ url, database }: Place, sent: SentCommand): Promise<void> {
  const told = (problem: string) =>
    faults.push(`${problem}: ${JSON.stringify(sent.command, withoutSession)}`);
  try {
    const fault = await faultOf((await explainer(url)).db(database), sent);
    if (fault !== undefined) told(fault);
  } catch (error) {
    // Some tests end their server.
    if (error instanceof MongoServerError) told(error.message);
  }
}

function explainer(url: string): Promise<MongoClient> {
  let client = explainers.get(url);
  if (client === undefined) {
    const options = { appName: 'explaining', serverSelectionTimeoutMS: 2000, socketTimeoutMS: 60_000 };
    client = MongoClient.connect(url, options);
    explainers.set(url, client);
  }
  return client;
}

const sessionParts = [
  'lsid',
  'txnNumber',
  '$clusterTime',
  'startTransaction',
  'autocommit',
  '$db',
  'maxTimeMS',
];

function withoutSession(name: string, value: unknown): unknown {
  return sessionParts.includes(name) ? undefined : value;
}

/** Two commands of one shape differ in values alone, and in how many there are. */
function withoutValues(name: string, value: unknown): unknown {
  if (sessionParts.includes(name)) return undefined;
  if (['hint', 'find', 'aggregate'].includes(name)) return value;
  if (Array.isArray(value)) {
    return value.every((item) => typeof item !== 'object' || item === null) ? 'values' : value;
  }
  return typeof value === 'object' && value !== null ? value : typeof value;
}

afterAll(async () => {
  await explained;
  // That of a server which has ended takes its time.
  await Promise.all(
    [...explainers.values()].map((client) => client.then((open) => open.close()).catch(() => undefined)),
  );
  expect(faults).toEqual([]);
});
