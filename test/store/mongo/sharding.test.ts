import { currentIndexes, historyIndexes, holderIndexes } from '../../../src/store/mongo/indexes.ts';
import { shardCommands, shardKeys } from '../../../src/store/mongo/sharding.ts';

test('the collections of resources, keys and bodies are sharded, facts are not', () => {
  const names = [
    'history.Patient',
    'current.Patient',
    'fact',
    'contained.Medication',
    'body.chunks',
    'body.files',
  ];
  expect(shardCommands('p', names)).toEqual([
    { enableSharding: 'p' },
    { shardCollection: 'p.body.chunks', key: { files_id: 1, n: 1 } },
    { shardCollection: 'p.contained.Medication', key: { tenant: 1, id: 1 } },
    { shardCollection: 'p.current.Patient', key: { tenant: 1, id: 1 } },
    { shardCollection: 'p.history.Patient', key: { tenant: 1, id: 1 } },
  ]);
});

test('each unique index begins with the shard key of its collection', () => {
  const unique = {
    'current.': currentIndexes,
    'history.': historyIndexes,
    identity: holderIndexes,
    claim: holderIndexes,
  };
  for (const [collections, indexes] of Object.entries(unique)) {
    const { key } = shardKeys.find((one) => one.collections === collections)!;
    for (const index of indexes.filter((one) => one.unique)) {
      expect(Object.keys(index.key).slice(0, Object.keys(key).length)).toEqual(Object.keys(key));
    }
  }
});
