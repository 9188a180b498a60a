import type { Document } from 'mongodb';

/** How the documents of one kind of collection are spread over the shards. */
interface ShardKey {
  /** The beginning of the collections' names, or the whole name. */
  collections: string;
  key: Record<string, 1>;
  /** The calls that do not name the whole key, and therefore may go to several shards. */
  fanOuts: readonly FanOut[];
}

/** Calls of one form. */
interface FanOut {
  command: 'find' | 'aggregate' | 'delete' | 'update';
  /** Fields whose values the call names: it goes to the shards that have such values. */
  names: readonly string[];
  /** What asks for it. */
  use: string;
}

const ofTenant = (use: string): FanOut[] => [
  { command: 'find', names: ['tenant'], use },
  { command: 'aggregate', names: ['tenant'], use },
];

/**
 * The shard keys. All but two begin with the tenant, so that a call of a small tenant goes to one shard, and each is the
 * beginning of the unique index of its collection, as a sharded cluster asks for.
 */
export const shardKeys: readonly ShardKey[] = [
  {
    collections: 'current.',
    key: { tenant: 1, id: 1 },
    fanOuts: ofTenant('searches and counts, histories of a type or tenant, reindexing and copying'),
  },
  {
    collections: 'contained.',
    key: { tenant: 1, id: 1 },
    fanOuts: ofTenant('searches and counts on contained resources'),
  },
  {
    collections: 'history.',
    key: { tenant: 1, id: 1 },
    fanOuts: ofTenant('histories of a type or tenant, copying'),
  },
  { collections: 'identity', key: { tenant: 1, key: 1 }, fanOuts: [] },
  {
    collections: 'claim',
    key: { tenant: 1, key: 1 },
    fanOuts: [
      { command: 'delete', names: ['tenant', 'type', 'id'], use: 'the erasure of a resource' },
      { command: 'find', names: [], use: 'copying' },
    ],
  },
  {
    collections: 'expiring',
    key: { _id: 1 },
    fanOuts: [
      { command: 'delete', names: ['grouped'], use: 'the end of all values of a group, such as a session' },
      { command: 'find', names: [], use: 'copying' },
    ],
  },
  {
    collections: 'body.chunks',
    key: { files_id: 1, n: 1 },
    fanOuts: [
      { command: 'find', names: ['files_id'], use: 'the parts of one large body' },
      { command: 'delete', names: ['files_id'], use: 'the removal of one large body' },
    ],
  },
];

/** The shard key of a collection; those without one stay on one shard. */
export function shardKeyOf(collection: string): ShardKey | undefined {
  return shardKeys.find(({ collections: start }) =>
    start.endsWith('.') ? collection.startsWith(start) : collection === start,
  );
}

/** The admin commands that shard these collections of a database. */
export function shardCommands(database: string, collections: readonly string[]): Document[] {
  const sharded = [...collections].sort().flatMap((name) => {
    const found = shardKeyOf(name);
    return found === undefined ? [] : [{ shardCollection: `${database}.${name}`, key: found.key }];
  });
  return sharded.length === 0 ? [] : [{ enableSharding: database }, ...sharded];
}
