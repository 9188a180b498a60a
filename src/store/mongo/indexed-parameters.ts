import type { ClientSession } from 'mongodb';
import { type IndexedParameter, type IndexedParameters, withComplete } from '../indexing.ts';
import type { Database } from './database.ts';
import { isDuplicateKey } from './errors.ts';

const factName = 'search-parameters';

/** The search parameters as they are stored; none but those that are built in as long as nothing is. */
export async function storedParameters(
  { facts, limits }: Database,
  session?: ClientSession,
): Promise<IndexedParameters> {
  const options = session === undefined ? { maxTimeMS: limits.call } : { session };
  const fact = await facts.findOne({ _id: factName }, options);
  if (fact === null) return { generation: 0, parameters: [] };
  return {
    generation: Number(fact['generation']),
    parameters: JSON.parse(String(fact['parameters'])) as IndexedParameter[],
  };
}

/** The generation alone, which each commit asks for. */
export async function storedGeneration(
  { facts, limits }: Database,
  session?: ClientSession,
): Promise<number> {
  const options = session === undefined ? { maxTimeMS: limits.call } : { session };
  const fact = await facts.findOne({ _id: factName }, { ...options, projection: { generation: 1 } });
  return Number(fact?.['generation'] ?? 0);
}

/** See `Indexing.replaceParameters`. */
export async function replaceStoredParameters(
  { facts, limits }: Database,
  expected: number,
  parameters: readonly IndexedParameter[],
): Promise<boolean> {
  const replacement = { generation: expected + 1, parameters: JSON.stringify(parameters) };
  const options = { upsert: expected === 0, maxTimeMS: limits.call };
  try {
    const { modifiedCount, upsertedCount } = await facts.replaceOne(
      { _id: factName, generation: expected },
      replacement,
      options,
    );
    return modifiedCount + upsertedCount === 1;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

/** Notes that the current resources of all types of these parameters are indexed by them. */
export async function completeParameters(
  database: Database,
  session: ClientSession,
  urls: readonly string[],
): Promise<void> {
  if (urls.length === 0) return;
  const { generation, parameters } = await storedParameters(database, session);
  await database.facts.updateOne(
    { _id: factName, generation },
    { $set: { parameters: JSON.stringify(withComplete(parameters, urls)) } },
    { session },
  );
}
