import { createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createRelyingParty } from '../../../src/auth/psc/open-relying-party.ts';
import type { PscSettings } from '../../../src/auth/psc/settings.ts';
import { createPscSimulator } from '../../../src/simulators/psc/simulator.ts';
import { testCertificates } from '../../support/certificates.ts';
import { binding, expiringInMemory, redirectUri, settingsFor } from './support.ts';

const { authority, certificate, file, remove } = testCertificates();
let server: Server;
let issuer: string;

beforeAll(async () => {
  authority('ca');
  authority('other-ca');
  certificate('server', '127.0.0.1', 'ca');
  certificate('organisation', 'SIM-EDC-PROXY', 'ca');
  certificate('someone', 'SOMEONE', 'ca');
  certificate('stranger', 'SIM-EDC-PROXY', 'other-ca');
  const app = express();
  const tls = { key: file('server.key'), cert: file('server.pem'), ca: file('ca.pem'), requestCert: true };
  server = createServer({ ...tls, rejectUnauthorized: false }, app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const simulator = createPscSimulator({
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clients: [
      { id: 'sim-edc-proxy', secrets: [], certificateName: 'SIM-EDC-PROXY', redirectUris: [redirectUri] },
    ],
  });
  app.use(simulator.handler);
  issuer = simulator.issuer;
});

afterAll(async () => {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
  remove();
});

/** A login of a client that authenticates by this certificate; the browser's part goes without it. */
async function logIn(tls: PscSettings['tls']) {
  const settings: PscSettings = {
    ...settingsFor(issuer),
    clientId: 'sim-edc-proxy',
    authentication: { method: 'tls_client_auth' },
    ...(tls === undefined ? {} : { tls }),
  };
  const relyingParty = createRelyingParty(settings, expiringInMemory(), {
    onFailure: () => undefined,
    onUnknownAssurance: () => undefined,
  });
  const url = await relyingParty.begin({ returnTo: '/', tenant: 'default', binding });
  url.searchParams.set('sim_user', 'medecin');
  const callback = await locationOf(url);
  return relyingParty.finish(callback, binding);
}

function locationOf(url: URL): Promise<URL> {
  return new Promise((resolve, reject) => {
    request(url, { ca: file('ca.pem') }, ({ headers }) => resolve(new URL(headers.location!)))
      .on('error', reject)
      .end();
  });
}

function pem(name: string, certificateAuthority = 'ca'): PscSettings['tls'] {
  return {
    certificate: file(`${name}.pem`),
    key: file(`${name}.key`),
    certificateAuthorities: file(`${certificateAuthority}.pem`),
  };
}

describe('Pro Santé Connect under mutual TLS', () => {
  test('takes the certificate of the organisation', async () => {
    expect(await logIn(pem('organisation'))).toMatchObject({
      outcome: 'identified',
      identity: { professional: { rpps: '99799000015' } },
    });
  });

  test.each([
    ['another name', () => pem('someone')],
    ['another authority', () => pem('stranger')],
    ['no certificate', () => ({ certificateAuthorities: file('ca.pem') })],
  ])('refuses %s', async (_case, tls) => {
    expect(await logIn(tls())).toMatchObject({ outcome: 'refused', reason: 'configuration' });
  });

  test.each([
    ['of another authority', () => pem('organisation', 'other-ca')],
    ['unknown to the public authorities', () => undefined],
  ])('is not talked to when its own certificate is %s', async (_case, tls) => {
    await expect(logIn(tls())).rejects.toMatchObject({ status: 503 });
  });
});
