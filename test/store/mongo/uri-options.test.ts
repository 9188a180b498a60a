import { connectDatabase } from '../../../src/store/mongo/client.ts';

/** Nobody listens there: what is not refused before fails to connect. */
const server = 'mongodb://clara:s%40cret@127.0.0.1:1/passerelle';

/** The message with which a connection string is refused. */
async function refusal(uri: string): Promise<string> {
  const connected = connectDatabase({ uri, selectionTime: 50 });
  const error = await connected.then(
    ({ client }) => client.close().then(() => new Error('It was taken')),
    (reason: Error) => reason,
  );
  for (const secret of ['clara', 's%40cret', 's@cret', '127.0.0.1:1/passerelle?']) {
    expect(`${error.message} ${error.stack} ${error.cause}`).not.toContain(secret);
  }
  return error.message;
}

const isUnreachable = /ECONNREFUSED|timed out/;

test.each([
  ['w=1', 'w: remove it, writes always wait for a majority'],
  ['w=0', 'w: remove it'],
  ['journal=false', 'journal: remove it'],
  ['J=false', 'J: remove it'],
  ['fsync=true', 'fsync: remove it'],
  ['wtimeoutMS=100', 'MONGODB_COMMIT_TIMEOUT_SECONDS'],
  ['timeoutMS=100', 'MONGODB_CALL_TIMEOUT_SECONDS'],
  ['socketTimeoutMS=100', 'SEARCH_TIMEOUT_SECONDS'],
  ['readConcernLevel=local', 'readConcernLevel: remove it, reads always see what a majority has'],
  ['READCONCERNLEVEL=available', 'READCONCERNLEVEL: remove it'],
  ['readPreference=secondary', 'set MONGODB_READ_PREFERENCE and MONGODB_SEARCH_PREFERENCE instead'],
  ['readPreferenceTags=dc:paris', 'readPreferenceTags: remove it'],
  ['maxStalenessSeconds=120', 'maxStalenessSeconds: remove it'],
  ['retryWrites=false', 'retryWrites: remove it'],
  ['retryReads=false', 'retryReads: remove it'],
  ['serverSelectionTimeoutMS=5', 'set MONGODB_SELECTION_TIMEOUT_SECONDS instead'],
  ['connectTimeoutMS=5', 'set MONGODB_SELECTION_TIMEOUT_SECONDS instead'],
  ['waitQueueTimeoutMS=5', 'set MONGODB_SELECTION_TIMEOUT_SECONDS instead'],
  ['maxPoolSize=5', 'set MONGODB_POOL_SIZE instead'],
  ['minPoolSize=5', 'set MONGODB_POOL_SIZE_LEAST instead'],
])('%s is refused, with what to do instead', async (option, advice) => {
  expect(await refusal(`${server}?replicaSet=rs&${option}&tls=false`)).toContain(advice);
});

test('all options that have to go are named at once', async () => {
  const message = await refusal(`${server}?w=1&maxPoolSize=5&w=2`);
  expect(message.match(/remove it/g)).toHaveLength(2);
});

test.each([
  '',
  '?retryWrites=true&w=majority',
  '?journal=true&readConcernLevel=majority&retryReads=true&readPreference=primary',
  '?replicaSet=rs&authSource=admin&authMechanism=SCRAM-SHA-256&tls=true&compressors=none&appName=x',
])('what changes nothing is taken: %s', async (options) => {
  expect(await refusal(`${server}${options}`)).toMatch(isUnreachable);
});

test.each([
  ['mongodb://clara:s@cret@127.0.0.1:1/x', 'percent-encoded'],
  ['mongodb://cla/ra:s%40cret@127.0.0.1:1', 'cannot be read'],
  ['postgres://clara:s%40cret@127.0.0.1:1', 'Invalid scheme'],
  ['mongodb://clara:s%40cret@127.0.0.1:1/?unheardOf=1', 'unheardof'],
  ['mongodb://clara:s%40cret@127.0.0.1:port/', 'cannot be read'],
])('what cannot be read is refused without its user and password: %s', async (uri, reason) => {
  expect(await refusal(uri)).toContain(reason);
});
