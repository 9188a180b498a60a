import type { Db, Document } from 'mongodb';

/** Documents that a query may examine for one that it returns. */
const mostExamined = 5;

/** A command as the driver sends it. */
export interface SentCommand {
  name: string;
  command: Document;
}

/** Collections of a few documents that each process reads whole when it starts, and those that the driver itself reads. */
const others = ['fact', 'scope', 'body.files', 'body.chunks'];

/** True for what reads documents by a filter of its own. */
export function readsDocuments({ name, command }: SentCommand): boolean {
  const readsLog = command['pipeline']?.[0]?.$changeStream !== undefined;
  return ['find', 'aggregate'].includes(name) && !readsLog && !others.includes(command[name]);
}

/** What is wrong with how the server runs a command, `undefined` when nothing is. */
export async function faultOf(db: Db, sent: SentCommand): Promise<string | undefined> {
  const { name, command } = sent;
  const plan = await db.command({ explain: bare(command), verbosity: 'executionStats' });
  if (JSON.stringify(plan).includes('COLLSCAN')) return 'it scans its collection';
  const order = orderOf(command['sort']);
  if (order.length > 0) {
    const indexes = await db.collection(command[name]).listIndexes().toArray();
    const index = indexes.find((one) => one['name'] === command['hint']);
    if (!isInOrder(index?.['key'] ?? {}, filterOf(sent), order)) {
      return 'it asks for another order than that of the index that it names';
    }
  }
  const { totalDocsExamined = 0, nReturned = 0 } = (plan['executionStats'] ?? {}) as Document;
  if (totalDocsExamined > mostExamined * Math.max(nReturned, 1)) {
    return `it examines ${totalDocsExamined} documents for ${nReturned}`;
  }
  return undefined;
}

/** The command as `explain` takes it: without what belongs to the session that sent it. */
function bare(command: Document): Document {
  const {
    lsid,
    txnNumber,
    autocommit,
    startTransaction,
    $clusterTime,
    $db,
    $readPreference,
    readConcern,
    ...rest
  } = command;
  const { maxTimeMS, ...left } = rest;
  return left;
}

function filterOf({ name, command }: SentCommand): Document {
  return (name === 'find' ? command['filter'] : command['pipeline'][0]?.$match) ?? {};
}

/** True when the index has the matches in this order: what it has before the sorted fields is set to one value. */
function isInOrder(key: Document, filter: Document, order: readonly Order[]): boolean {
  const equal = equalFields(filter);
  const wanted = order.filter(([field]) => !equal.has(field));
  const given = Object.entries(key).filter(([field]) => !equal.has(field));
  // An index is read from either end.
  const turns = new Set(wanted.map(([, direction], at) => direction === given[at]?.[1]));
  return turns.size <= 1 && wanted.every(([field], at) => given[at]?.[0] === field);
}

type Order = readonly [field: string, direction: number];

/** The driver sends a sort as a Map. */
function orderOf(sort: Document | Map<string, number> | undefined): Order[] {
  return sort instanceof Map ? [...sort] : Object.entries(sort ?? {});
}

/** Fields that a filter sets equal to one value. */
function equalFields(filter: Document): Set<string> {
  const own = Object.entries(filter).filter(([field, value]) => !field.startsWith('$') && isOneValue(value));
  const inner = ((filter['$and'] ?? []) as Document[]).flatMap((part) => [...equalFields(part)]);
  return new Set([...own.map(([field]) => field), ...inner]);
}

function isOneValue(value: unknown): boolean {
  return (
    typeof value !== 'object' || value === null || !Object.keys(value).some((name) => name.startsWith('$'))
  );
}
