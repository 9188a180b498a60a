import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { App, answerOf, publicApp } from './app.ts';
import { patients, type SmartTestServer, startSmartServer } from './smart-server.ts';

const header = 'X-Client-Certificate';
const [first] = patients;
const scope = 'launch/patient offline_access patient/*.rs';

let server: SmartTestServer;
let directory = '';
let key: CryptoKey;
let jwk: JWK;

beforeAll(async () => {
  server = await startSmartServer({ TRUSTED_PROXIES: '127.0.0.1', CLIENT_CERTIFICATE_HEADER: header });
  await server.register({ ...publicApp, client_id: 'dpop-app', dpop_bound_access_tokens: true });
  const bound = { client_id: 'mtls-app', tls_client_certificate_bound_access_tokens: true };
  await server.register({ ...publicApp, ...bound });
  await server.register(publicApp);
  directory = await mkdtemp(join(tmpdir(), 'passerelle-certificates-'));
  const pair = await generateKeyPair('ES256', { extractable: true });
  key = pair.privateKey;
  jwk = await exportJWK(pair.publicKey);
});

afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true });
});

interface Proof {
  method?: string;
  url?: string;
  token?: string;
  claims?: Record<string, unknown>;
  signedBy?: { key: CryptoKey; jwk: JWK };
  typ?: string;
}

function proof({
  method = 'GET',
  url,
  token,
  claims = {},
  signedBy = { key, jwk },
  typ = 'dpop+jwt',
}: Proof) {
  const ath = token && createHash('sha256').update(token).digest('base64url');
  const iat = Math.floor(Date.now() / 1000);
  const address = url ?? `${server.fhir}/Patient/${first}`;
  return new SignJWT({ htm: method, htu: address, jti: randomUUID(), iat, ...(ath && { ath }), ...claims })
    .setProtectedHeader({ alg: 'ES256', typ, jwk: signedBy.jwk })
    .sign(signedBy.key);
}

async function dpopToken(): Promise<string> {
  const app = new App(server);
  const redirect = await app.consent({ client_id: 'dpop-app', scope }, first);
  const url = `${server.origin}/oauth/token`;
  const answer = await app.exchange(
    redirect,
    { client_id: 'dpop-app' },
    { DPoP: await proof({ method: 'POST', url }) },
  );
  const { access_token, token_type } = await answerOf(answer);
  expect(token_type).toBe('DPoP');
  return access_token;
}

function read(headers: Record<string, string>, query = ''): Promise<Response> {
  return fetch(`${server.fhir}/Patient/${first}${query}`, { headers });
}

test('a token of DPoP needs a proof of its key for each request', async () => {
  const token = await dpopToken();
  const Authorization = `DPoP ${token}`;
  expect((await read({ Authorization, DPoP: await proof({ token }) })).status).toBe(200);
  expect((await read({ Authorization, DPoP: await proof({ token }) }, '?_format=json')).status).toBe(200);
  const used = await proof({ token });
  expect((await read({ Authorization, DPoP: used })).status).toBe(200);
  const other = await generateKeyPair('ES256', { extractable: true });
  const signedBy = { key: other.privateKey, jwk: await exportJWK(other.publicKey) };
  const now = Math.floor(Date.now() / 1000);
  const refused: Record<string, string>[] = [
    { Authorization },
    { Authorization, DPoP: used },
    { Authorization, DPoP: 'x.y.z' },
    { Authorization, DPoP: await proof({ token, signedBy }) },
    { Authorization, DPoP: await proof({ token, signedBy: { key: other.privateKey, jwk } }) },
    { Authorization, DPoP: await proof({ token, method: 'POST' }) },
    { Authorization, DPoP: await proof({ token, url: `${server.fhir}/Patient/${patients[1]}` }) },
    { Authorization, DPoP: await proof({ token, url: 'https://elsewhere.example/fhir' }) },
    { Authorization, DPoP: await proof({}) },
    { Authorization, DPoP: await proof({ token: 'another' }) },
    { Authorization, DPoP: await proof({ token, claims: { iat: now - 120 } }) },
    { Authorization, DPoP: await proof({ token, claims: { iat: now + 120 } }) },
    { Authorization, DPoP: await proof({ token, claims: { jti: undefined } }) },
    { Authorization, DPoP: await proof({ token, typ: 'JWT' }) },
    { Authorization: `Bearer ${token}`, DPoP: await proof({ token }) },
    { Authorization: `Bearer ${token}` },
  ];
  for (const [index, headers] of refused.entries()) {
    const answer = await read(headers);
    expect([index, answer.status]).toEqual([index, 401]);
    expect(answer.headers.get('www-authenticate')).toMatch(/error="invalid_(dpop_proof|token)"/);
  }
});

test('an app that is registered for DPoP gets no token without', async () => {
  const app = new App(server);
  const redirect = await app.consent({ client_id: 'dpop-app', scope }, first);
  expect((await app.exchange(redirect, { client_id: 'dpop-app' })).status).toBe(400);
});

test('a token that is not bound is no token of DPoP', async () => {
  const { access_token: token } = await new App(server).launch(scope, first);
  expect((await read({ Authorization: `DPoP ${token}`, DPoP: await proof({ token }) })).status).toBe(401);
});

async function certificate(name: string): Promise<string> {
  const file = (end: string) => join(directory, `${name}.${end}`);
  const subject = ['-subj', `/CN=${name}`, '-days', '2'];
  const keys = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file('key')];
  execFileSync('openssl', ['req', '-x509', ...keys, '-out', file('pem'), ...subject], { stdio: 'ignore' });
  return readFile(file('pem'), 'utf8');
}

test('a token that is bound to a certificate needs it, in each form that proxies send it', async () => {
  const [pem, other] = [await certificate('app'), await certificate('other')];
  const headers = { [header]: encodeURIComponent(pem) };
  const app = new App(server);
  const redirect = await app.consent({ client_id: 'mtls-app', scope }, first);
  expect((await app.exchange(redirect, { client_id: 'mtls-app' })).status).toBe(400);
  const fresh = await app.consent({ client_id: 'mtls-app', scope }, first);
  const { access_token, refresh_token } = await answerOf(
    await app.exchange(fresh, { client_id: 'mtls-app' }, headers),
  );
  const Authorization = `Bearer ${access_token}`;
  const der = pem.replaceAll(/-----[A-Z ]+-----|\s/g, '');
  expect((await read({ Authorization, ...headers })).status).toBe(200);
  expect((await read({ Authorization, [header]: der })).status).toBe(200);
  for (const wrong of [{}, { [header]: encodeURIComponent(other) }, { [header]: 'nonsense' }])
    expect((await read({ Authorization, ...wrong })).status).toBe(401);
  const stolen = { grant_type: 'refresh_token', refresh_token: refresh_token ?? '', client_id: 'mtls-app' };
  expect((await app.token(stolen, { [header]: encodeURIComponent(other) })).status).toBe(400);
  expect((await app.token(stolen, headers)).status).toBe(200);
});

test('a certificate counts from a trusted proxy alone', async () => {
  const { certificateOf } = await import('../../../src/server-proxy.ts');
  const settings = { CLIENT_CERTIFICATE_HEADER: header, TRUSTED_PROXIES: ['10.0.0.1', '::2'] };
  const of = (remoteAddress: string) =>
    certificateOf(settings)({
      headers: { 'x-client-certificate': 'x' },
      socket: { remoteAddress },
    } as never);
  expect(['10.0.0.1', '::ffff:10.0.0.1', '::2'].map(of)).toEqual(['x', 'x', 'x']);
  expect(['10.0.0.2', '::1', ''].map(of)).toEqual([undefined, undefined, undefined]);
});
