import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createPscSimulator, type PscSimulator } from '../../../src/simulators/psc/simulator.ts';

const redirectUri = 'https://app.example/callback';
let server: Server;
let origin: string;
let simulator: PscSimulator;
beforeAll(async () => {
  const app = express();
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  simulator = createPscSimulator({
    url: origin,
    clients: [
      { id: 'sim-rp', secrets: ['s e/cret'], redirectUris: [redirectUri] },
      { id: 'sim-api', secrets: ['api'], redirectUris: [] },
    ],
  });
  app.use(simulator.handler);
});
afterAll(() => server.close());
afterEach(() => {
  simulator.switches.reset();
});

const request = {
  client_id: 'sim-rp',
  redirect_uri: redirectUri,
  response_type: 'code',
  scope: 'openid scope_all',
  acr_values: 'eidas1',
  state: 'st',
  nonce: 'no',
};

function authorize(parameters: Record<string, string>): Promise<Response> {
  return fetch(`${origin}/wallet/auth?${new URLSearchParams(parameters)}`, { redirect: 'manual' });
}

async function codeOf(parameters: Record<string, string>): Promise<string> {
  const location = (await authorize(parameters)).headers.get('location');
  return new URL(location!).searchParams.get('code')!;
}

const protocol = () => `${simulator.issuer}/protocol/openid-connect`;

function post(path: string, form: Record<string, string>, headers: Record<string, string> = {}) {
  return fetch(`${protocol()}/${path}`, { method: 'POST', headers, body: new URLSearchParams(form) });
}

const client = { client_id: 'sim-rp', client_secret: 's e/cret' };

async function tokensFor(person: string, parameters = request): Promise<Record<string, string>> {
  const code = await codeOf({ ...parameters, sim_user: person });
  const grant = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...client };
  return (await (await post('token', grant)).json()) as Record<string, string>;
}

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
}

test('the metadata are at the path of the wallet alone, and name another place for the login', async () => {
  const { issuer } = simulator;
  const found = await fetch(`${issuer}/.well-known/wallet-openid-configuration`);
  expect(await found.json()).toMatchObject({
    issuer,
    authorization_endpoint: `${origin}/wallet/auth`,
    acr_values_supported: ['0', '0'],
    authorization_response_iss_parameter_supported: true,
  });
  expect((await fetch(`${issuer}/.well-known/openid-configuration`)).status).toBe(404);
});

describe('the login page', () => {
  test('is a form that works without a script and can be read by everybody', async () => {
    const response = await authorize({ ...request, state: '"><script>alert(1)</script>' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await response.text();
    expect(html).toMatch(/^<!doctype html>\n<html lang="fr">/);
    expect(html).toContain('<button name="sim_user" value="medecin">Camille EXEMPLE');
    expect(html).toContain('<main><h1>');
    expect(html).not.toContain('<script');
    expect(html.match(/name="sim_user"/g)).toHaveLength(7);
  });

  test.each([
    ['an unknown client', { client_id: 'other' }],
    ['a redirect URI that is longer', { redirect_uri: `${redirectUri}/` }],
    ['another response type', { response_type: 'token' }],
    ['a scope without openid', { scope: 'scope_all' }],
    ['another level', { acr_values: '0' }],
    ['no state', { state: '' }],
    ['no nonce', { nonce: '' }],
    ['PKCE in plain', { code_challenge: 'x', code_challenge_method: 'plain' }],
  ])('is refused to a request with %s, and the browser is not sent away', async (_case, change) => {
    const response = await authorize({ ...request, ...change, sim_user: 'medecin' });
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
  });

  test('is skipped by a hint and ends in an error when it was asked for', async () => {
    expect((await authorize({ ...request, login_hint: '99799000015' })).status).toBe(302);
    expect((await authorize({ ...request, login_hint: '3990000010/SEC0001' })).status).toBe(302);
    expect((await authorize({ ...request, login_hint: '99799999999' })).status).toBe(200);
    const silent = await authorize({ ...request, prompt: 'none' });
    expect(silent.headers.get('location')).toContain('error=login_required');
    expect((await authorize({ ...request, sim_error: 'timeout' })).status).toBe(408);
  });
});

describe('the tokens', () => {
  test('have the shape of Keycloak', async () => {
    const tokens = await tokensFor('medecin');
    expect(tokens).toMatchObject({ expires_in: 120, refresh_expires_in: 1800, token_type: 'Bearer' });
    const access = claimsOf(tokens['access_token']!);
    expect(access).toMatchObject({ typ: 'Bearer', azp: 'sim-rp', nonce: 'no', acr: 'eidas1' });
    expect(access).not.toHaveProperty('aud');
    expect(Number(access['exp']) - Number(access['iat'])).toBe(120);
    expect(claimsOf(tokens['id_token']!)).toMatchObject({ aud: 'sim-rp', typ: 'ID', nonce: 'no' });
  });

  test('may have two acr members and an empty nonce', async () => {
    simulator.switches.set({ duplicateAcr: true, missingNonce: 'empty' });
    const { nonce: _, ...without } = request;
    const tokens = await tokensFor('medecin', without as typeof request);
    const text = Buffer.from(tokens['access_token']!.split('.')[1]!, 'base64url').toString();
    expect(text.match(/"acr":/g)).toHaveLength(2);
    expect(claimsOf(tokens['access_token']!)).toMatchObject({ acr: 'eidas1', nonce: '' });
  });

  test.each([
    ['a wrong secret', { client_secret: 'x' }, 401, 'invalid_client'],
    ['a code that is invented', { code: 'x' }, 400, 'invalid_grant'],
    ['another redirect URI', { redirect_uri: 'https://other.example' }, 400, 'invalid_grant'],
    ['another grant', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
  ])('are refused with %s', async (_case, change, status, error) => {
    const code = await codeOf({ ...request, sim_user: 'medecin' });
    const grant = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...client };
    const response = await post('token', { ...grant, ...change });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error });
  });

  test('need the verifier of a challenge', async () => {
    const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
    const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
    const pkce = { code_challenge: challenge, code_challenge_method: 'S256' };
    const exchange = async (more: Record<string, string>) => {
      const code = await codeOf({ ...request, ...pkce, sim_user: 'medecin' });
      const grant = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...client };
      return (await post('token', { ...grant, ...more })).status;
    };
    expect(await exchange({ code_verifier: verifier })).toBe(200);
    expect(await exchange({ code_verifier: `${verifier}x` })).toBe(400);
    expect(await exchange({})).toBe(400);
  });

  test('of a code that is used twice are revoked', async () => {
    const code = await codeOf({ ...request, sim_user: 'medecin' });
    const grant = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...client };
    const { access_token } = (await (await post('token', grant)).json()) as { access_token: string };
    expect((await post('token', grant)).status).toBe(400);
    expect((await post('userinfo', {}, { authorization: `Bearer ${access_token}` })).status).toBe(401);
  });

  test('are refreshed once by each refresh token', async () => {
    const { refresh_token } = await tokensFor('medecin');
    const grant = { grant_type: 'refresh_token', refresh_token: refresh_token!, ...client };
    expect((await post('token', grant)).status).toBe(200);
    expect((await post('token', grant)).status).toBe(400);
  });

  test('are introspected by a client alone, and are inactive when they are over or of another kind', async () => {
    const { access_token, refresh_token, id_token } = await tokensFor('infirmier');
    const basic = { authorization: `Basic ${Buffer.from('sim-api:api').toString('base64')}` };
    const introspect = async (token: string, headers: Record<string, string> = basic) => {
      const response = await post('token/introspect', { token }, headers);
      return { status: response.status, ...((await response.json()) as object) };
    };
    expect(await introspect(access_token!)).toMatchObject({
      active: true,
      client_id: 'sim-rp',
      username: '899799000023',
      acr: 'eidas2',
    });
    for (const token of [refresh_token!, id_token!, 'x']) {
      expect(await introspect(token)).toEqual({ status: 200, active: false });
    }
    expect(await introspect(access_token!, {})).toMatchObject({ status: 401, error: 'invalid_client' });
    simulator.switches.set({ clockOffset: 121 });
    expect(await introspect(access_token!)).toEqual({ status: 200, active: false });
    simulator.switches.reset();
    await post('revoke', { token: refresh_token!, ...client });
    expect(await introspect(access_token!)).toEqual({ status: 200, active: false });
  });
});

test('UserInfo holds what the scope asks for, with its empty texts', async () => {
  const userInfo = async (scope: string) => {
    const { access_token } = await tokensFor('medecin', { ...request, scope });
    const response = await post('userinfo', {}, { authorization: `Bearer ${access_token}` });
    return (await response.json()) as Record<string, unknown>;
  };
  const all = await userInfo('openid scope_all');
  expect(all).toMatchObject({
    SubjectNameID: '899799000015',
    SubjectRole: ['10^1.2.250.1.213.1.1.5.5'],
    Mode_Acces_Raison: '',
    otherIds: [{ identifiant: '899799000015', origine: 'RPPS', qualite: 1 }],
    SubjectRefPro: { exercices: [{ activities: [{ telephone: '' }, {}] }] },
  });
  expect(Object.keys(await userInfo('openid')).sort()).toEqual(['email_verified', 'sub']);
  expect(await userInfo('openid rpps')).toHaveProperty('otherIds');
  expect(await userInfo('openid profile')).not.toHaveProperty('SubjectRefPro');
  const refused = await fetch(`${protocol()}/userinfo`);
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"');
});

test('two keys are published, and the one before stays when another takes its place', async () => {
  const published = async () => {
    const { keys } = (await (await fetch(`${protocol()}/certs`)).json()) as {
      keys: { kid: string; d?: string }[];
    };
    expect(keys.every(({ d }) => d === undefined)).toBe(true);
    return keys.map(({ kid }) => kid);
  };
  const before = await published();
  expect(before).toHaveLength(2);
  await fetch(`${origin}/__sim/rotate-keys`, { method: 'POST' });
  const after = await published();
  expect(after).toHaveLength(2);
  expect(after[0]).toBe(before[1]);
  expect(before).not.toContain(after[1]);
});

test('the switches are changed over HTTP, and refused when they are none', async () => {
  const put = (body: unknown) =>
    fetch(`${origin}/__sim/switches`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  expect(await (await put({ acr: 'eidas3' })).json()).toMatchObject({ acr: 'eidas3', clockOffset: 0 });
  for (const wrong of [{ acr: 'eidas4' }, { other: 1 }, [], { clockOffset: 1e9 }]) {
    expect((await put(wrong)).status).toBe(400);
  }
  expect(simulator.switches.get().acr).toBe('eidas3');
  await fetch(`${origin}/__sim/switches`, { method: 'DELETE' });
  expect(await (await fetch(`${origin}/__sim/switches`)).json()).toMatchObject({ acr: 'person' });
});
