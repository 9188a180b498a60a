import { randomBytes } from 'node:crypto';
import type { Database } from './database.ts';
import { onceMore } from './errors.ts';

/** The name of the fact that keeps a secret; those of all secrets begin alike. */
export function secretName(name: string): string {
  return `secret ${name}`;
}

/** 32 random bytes, made by the first process that asks and kept for all. */
export async function secretOf({ facts, limits }: Database, name: string): Promise<Buffer> {
  const own = { _id: secretName(name) };
  const options = { maxTimeMS: limits.call };
  const made = await onceMore(() =>
    facts.findOneAndUpdate(
      own,
      { $setOnInsert: { bytes: randomBytes(32) } },
      { ...options, upsert: true, returnDocument: 'after' },
    ),
  );
  // One that was outrun by another may be told nothing.
  const stored = made ?? (await facts.findOne(own, options));
  if (stored === null) throw new Error('A secret of the database could not be kept');
  return stored['bytes'] as Buffer;
}
