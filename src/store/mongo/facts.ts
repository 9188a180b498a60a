import { randomBytes } from 'node:crypto';
import type { Database } from './database.ts';
import { onceMore } from './errors.ts';

/** The name of the fact that keeps a secret; those of all secrets begin alike. */
export function secretName(name: string): string {
  return `secret ${name}`;
}

/** 32 random bytes, made by the first process that asks and kept for all. */
export async function secretOf({ facts, limits }: Database, name: string): Promise<Buffer> {
  const stored = await onceMore(() =>
    facts.findOneAndUpdate(
      { _id: secretName(name) },
      { $setOnInsert: { bytes: randomBytes(32) } },
      { upsert: true, returnDocument: 'after', maxTimeMS: limits.call },
    ),
  );
  return stored?.['bytes'] as Buffer;
}
