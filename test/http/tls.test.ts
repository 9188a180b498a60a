import { X509Certificate } from 'node:crypto';
import { copyFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { connect } from 'node:tls';
import { certificateThumbprint, clientCertificate } from '../../src/auth/smart/client-certificate.ts';
import { createHttpServer } from '../../src/http/http-server.ts';
import { openClients } from '../../src/server-clients.ts';
import { certificateOf } from '../../src/server-proxy.ts';
import { assertionType, backendClient, backendKey } from '../auth/smart/app.ts';
import { type TestCertificates, testCertificates } from '../support/certificates.ts';
import { startTestServer } from '../support/server.ts';
import { type ServerProcess, withDataFolder, withServerProcess } from '../support/server-process.ts';

let certificates: TestCertificates;
beforeAll(() => {
  certificates = testCertificates();
  certificates.authority('authority');
  certificates.authority('stranger');
  certificates.certificate('first', 'first', 'authority');
  certificates.certificate('second', 'second', 'authority');
  certificates.certificate('client', 'client', 'authority');
  certificates.certificate('forged', 'client', 'stranger');
});
afterAll(() => certificates.remove());

/** The files that a server reads, with these certificates in them. */
function install(name: string): { TLS_CERTIFICATE: string; TLS_KEY: string } {
  const files = {
    TLS_CERTIFICATE: certificates.path('server.pem'),
    TLS_KEY: certificates.path('server.key'),
  };
  copyFileSync(certificates.path(`${name}.key`), files.TLS_KEY);
  copyFileSync(certificates.path(`${name}.pem`), files.TLS_CERTIFICATE);
  return files;
}

/** Name in the certificate that a new connection is shown. */
function shownName(origin: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname: host, port } = new URL(origin);
    const socket = connect({ host, port: Number(port), ca: certificates.file('authority.pem') }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.end();
    });
    socket.on('error', reject);
  });
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
}

interface SecureAnswer {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

function ask(url: string, options: object = {}, sent?: string): Promise<SecureAnswer> {
  return new Promise((resolve, reject) => {
    const ca = certificates.file('authority.pem');
    const asked = request(url, { ca, agent: false, ...options }, async (response) => {
      let body = '';
      for await (const chunk of response.setEncoding('utf8')) body += chunk;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
    });
    asked.on('error', reject).end(sent);
  });
}

const noSimulators = { INSI_MODE: 'off', PSC_MODE: 'off' };

describe('a server that ends TLS', () => {
  const serve = (work: (server: ServerProcess) => Promise<void>) =>
    withDataFolder((directory) =>
      withServerProcess(directory, { ...noSimulators, ...install('first') }, work),
    );

  test('speaks HTTPS alone, names itself so and takes new certificates without a restart', () =>
    serve(async (server) => {
      expect(server.origin).toMatch(/^https:/);
      const metadata = await ask(`${server.origin}/fhir/metadata`);
      expect([metadata.status, JSON.parse(metadata.body)]).toMatchObject([
        200,
        { implementation: { url: `${server.origin}/fhir` } },
      ]);
      await expect(fetch(server.origin.replace('https', 'http'))).rejects.toThrow();
      expect(await shownName(server.origin)).toBe('first');

      // A key that is not that of the certificate is what a renewal looks like halfway.
      copyFileSync(certificates.path('second.key'), certificates.path('server.key'));
      server.signal('SIGHUP');
      await until(async () => server.output().includes('certificate not taken'));
      expect(await shownName(server.origin)).toBe('first');

      install('second');
      await until(async () => (await shownName(server.origin)) === 'second');
      await until(async () => server.output().includes('certificate taken'));
      expect(server.output()).not.toContain('PRIVATE KEY');
    }));

  test('lives on when a client breaks off its handshake or speaks no TLS', () =>
    serve(async (server) => {
      const { hostname, port } = new URL(server.origin);
      const garbage = connectPlain(Number(port), hostname, () => garbage.write('GET / HTTP/1.1\r\n\r\n'));
      garbage.on('error', () => undefined).resume();
      await new Promise((resolve) => garbage.on('close', resolve));
      expect((await ask(`${server.origin}/health/live`)).status).toBe(200);
    }));

  test('does not start on files that are no certificate and its key', async () => {
    const files = install('first');
    writeFileSync(files.TLS_KEY, certificates.file('second.key'));
    const started = withDataFolder((directory) =>
      withServerProcess(directory, { ...noSimulators, ...files }, async () => undefined),
    );
    await expect(started).rejects.toThrow(/server\.pem and \S+server\.key are not/);
  });
});

test('a token is bound to the certificate that its back end connected with', async () => {
  const server = await startTestServer({
    ...install('first'),
    TLS_CLIENT_CA: certificates.path('authority.pem'),
    AUTH: 'on',
    INSI_MODE: 'off',
    PSC_MODE: 'real',
    PSC_CLIENT_ID: 'hospital',
    PSC_CLIENT_SECRET: 'never used here',
  });
  try {
    const key = await backendKey(server, 'bound');
    await openClients(server.running.core).register({
      ...backendClient('bound', key.publicKey, 'system/Patient.rs'),
      tls_client_certificate_bound_access_tokens: true,
    });
    const own = { cert: certificates.file('client.pem'), key: certificates.file('client.key') };
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'system/Patient.rs',
      client_assertion_type: assertionType,
      client_assertion: await key.assertion(),
    });
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const answer = await ask(
      `${server.origin}/oauth/token`,
      { ...own, method: 'POST', headers },
      String(form),
    );
    const { access_token } = JSON.parse(answer.body) as { access_token: string };
    const bearer = { headers: { Authorization: `Bearer ${access_token}` } };
    const patients = `${server.fhir}/Patient`;
    expect((await ask(patients, { ...bearer, ...own })).status).toBe(200);
    expect((await ask(patients, bearer)).status).toBe(401);
    const other = { cert: certificates.file('second.pem'), key: certificates.file('second.key') };
    expect((await ask(patients, { ...bearer, ...other })).status).toBe(401);
  } finally {
    await server.stop();
  }
});

test('the certificate of a client counts when an authority of the settings signed it', async () => {
  const of = certificateOf({ CLIENT_CERTIFICATE_HEADER: '', TRUSTED_PROXIES: [] });
  const { TLS_CERTIFICATE: certificate, TLS_KEY: key } = install('first');
  const server = createHttpServer(
    (asked, response) => {
      const found = clientCertificate(of, asked);
      response.end(found === undefined ? 'none' : certificateThumbprint(found));
    },
    {
      headBytes: 16_384,
      headers: 50,
      headTime: 1000,
      requestTime: 1000,
      idleTime: 1000,
      requestsPerConnection: 0,
      connections: 10,
    },
    {
      files: { certificate, key, clientAuthorities: certificates.path('authority.pem') },
      onTaken: () => undefined,
      onProblem: () => undefined,
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const shown = async (name?: string) => {
    const own =
      name === undefined
        ? {}
        : { cert: certificates.file(`${name}.pem`), key: certificates.file(`${name}.key`) };
    return (await ask(`https://127.0.0.1:${port}/`, own)).body;
  };
  try {
    const expected = certificateThumbprint(new X509Certificate(certificates.file('client.pem')));
    expect(await shown('client')).toBe(expected);
    expect([await shown(), await shown('forged')]).toEqual(['none', 'none']);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});
