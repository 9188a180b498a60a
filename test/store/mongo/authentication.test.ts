import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { MongoClient } from 'mongodb';
import type { ClientOptions } from '../../../src/store/mongo/client.ts';
import { openMongoStores } from '../../../src/store/mongo/open.ts';
import { put } from '../../contract/fixtures.ts';
import { type TestCertificates, testCertificates } from '../../support/certificates.ts';
import { type MongoServer, startMongoServer } from '../../support/mongo-server.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

let certificates: TestCertificates;
let server: MongoServer;

beforeAll(async () => {
  certificates = testCertificates();
  for (const name of ['authority', 'stranger']) certificates.authority(name);
  certificates.certificate('server', '127.0.0.1', 'authority');
  certificates.certificate('client', 'passerelle', 'authority');
  const { path, file } = certificates;
  writeFileSync(path('pair.pem'), Buffer.concat([file('client.pem'), file('client.key')]));
  const directory = await temporaryDirectory();
  const open = await startMongoServer({ directory, flags: ['--sync-on-commit'] });
  const roles = [{ role: 'readWrite', db: 'passerelle' }];
  const client = await MongoClient.connect(open.uri);
  await client.db('admin').command({ createUser: 'clara', pwd: 'a secret', roles });
  await client.db('$external').command({ createUser: 'CN=passerelle', mechanisms: ['MONGODB-X509'], roles });
  await client.close();
  await open.kill();
  const authority = path('authority.pem');
  const tls = ['--tls-cert-file', path('server.pem'), '--tls-key-file', path('server.key')];
  server = await startMongoServer({
    directory,
    flags: ['--auth', ...tls, '--tls-ca-file', authority, '--tls-require-client-cert'],
    query: `&tls=true&tlsCAFile=${authority}&tlsCertificateKeyFile=${path('pair.pem')}`,
  });
});

afterAll(async () => {
  await server.kill();
  certificates.remove();
});

/** What a commit over this connection comes to. */
async function committed(user: string, query: string, tls: ClientOptions['tls'] = {}): Promise<unknown> {
  const uri = `mongodb://${user}127.0.0.1:${server.port}/?directConnection=true${query}`;
  const stores = await openMongoStores({ uri, selectionTime: 2000, tls });
  try {
    return await stores.forTenant('t').commit([put(randomUUID())]);
  } finally {
    await stores.close();
  }
}

const scram = '&authSource=admin&authMechanism=SCRAM-SHA-256';

test('over TLS a user logs in by a password (SCRAM) or by a certificate (X.509)', async () => {
  const { path } = certificates;
  const tls = { authorities: path('authority.pem'), certificate: path('pair.pem') };
  expect(await committed('clara:a%20secret@', scram, tls)).toEqual({ ok: true });
  expect(await committed('', '&authMechanism=MONGODB-X509', tls)).toEqual({ ok: true });
});

test('nothing is opened with a wrong password, without TLS or a certificate, or where the server is a stranger', async () => {
  const { path } = certificates;
  const [authorities, certificate] = [path('authority.pem'), path('pair.pem')];
  const user = 'clara:a%20secret@';
  await Promise.all([
    expect(committed('clara:wrong@', scram, { authorities, certificate })).rejects.toThrow('authentication'),
    expect(committed('', '', { authorities, certificate })).rejects.toThrow('authentication'),
    expect(committed(user, scram)).rejects.toThrow(),
    expect(committed(user, scram, { authorities })).rejects.toThrow(),
    expect(committed(user, scram, { authorities: path('stranger.pem'), certificate })).rejects.toThrow(
      'certificate',
    ),
  ]);
});
