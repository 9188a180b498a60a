import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { InsiTlsSettings } from '../../../src/ins/insi/settings.ts';
import { createInsiSimulator } from '../../../src/simulators/insi/simulator.ts';
import { testCertificates } from '../../support/certificates.ts';
import { adrun, clientOf } from './support.ts';

const { openssl, authority, certificate, file, remove } = testCertificates();

let server: Server;
let url: string;

beforeAll(async () => {
  authority('ca');
  authority('other-ca');
  certificate('server', '127.0.0.1', 'ca');
  certificate('auto', 'INSI-AUTO', 'ca');
  certificate('someone', 'SOMEONE', 'ca');
  certificate('stranger', 'INSI-AUTO', 'other-ca');
  openssl(
    'pkcs12',
    '-export',
    '-in',
    'auto.pem',
    '-inkey',
    'auto.key',
    '-passout',
    'pass:secret',
    '-out',
    'auto.p12',
  );
  const simulator = createInsiSimulator();
  const tls = { key: file('server.key'), cert: file('server.pem'), ca: file('ca.pem'), requestCert: true };
  server = createServer({ ...tls, rejectUnauthorized: false }, (request, response) => {
    void simulator.handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/lps`;
});

afterAll(async () => {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
  remove();
});

async function search(tls: InsiTlsSettings | undefined) {
  const client = clientOf(url, {}, tls === undefined ? {} : { tls });
  try {
    return await client.search(adrun);
  } finally {
    client.close();
  }
}

function pem(name: string, certificateAuthority = 'ca'): InsiTlsSettings {
  return {
    certificate: file(`${name}.pem`),
    key: file(`${name}.key`),
    certificateAuthorities: file(`${certificateAuthority}.pem`),
  };
}

describe('INSi under mutual TLS', () => {
  test('answers the certificate of an organisation, in PEM or PKCS#12', async () => {
    expect(await search(pem('auto'))).toMatchObject({ outcome: 'found' });
    const pkcs12 = { pfx: file('auto.p12'), passphrase: 'secret', certificateAuthorities: [file('ca.pem')] };
    expect(await search(pkcs12)).toMatchObject({ outcome: 'found' });
  });

  test.each([
    ['a certificate with another name', () => pem('someone')],
    ['a certificate of another authority', () => pem('stranger')],
    ['no certificate', () => ({ certificateAuthorities: file('ca.pem') })],
  ])('refuses %s', async (_, settings) => {
    expect(await search(settings())).toMatchObject({
      outcome: 'misconfigured',
      reason: 'software-not-authorised',
      trace: { insiFault: 'siram_100/desir_560' },
    });
  });

  test.each([
    ['signed by another authority', () => pem('auto', 'other-ca')],
    ['unknown to the public authorities', () => undefined],
  ])('a server %s is not talked to', async (_, settings) => {
    const answer = await search(settings());
    expect(answer).toMatchObject({ outcome: 'misconfigured', reason: 'tls' });
    expect(answer.trace.messageIds).toHaveLength(1);
  });

  test('a certificate that cannot be read stops the client at its creation', () => {
    const wrongPassword = {
      pfx: file('auto.p12'),
      passphrase: 'wrong',
      certificateAuthorities: file('ca.pem'),
    };
    expect(() => clientOf(url, {}, { tls: wrongPassword })).toThrow();
  });
});
