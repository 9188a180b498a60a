import type { CapabilityStatementRestSecurity } from 'fhir/r4.d.ts';
import * as openid from 'openid-client';
import { discovery } from 'openid-client';
import { App, publicApp, redirectUri } from './app.ts';
import { patients, type SmartTestServer, startSmartServer } from './smart-server.ts';

let server: SmartTestServer;

beforeAll(async () => {
  server = await startSmartServer();
  await server.register(publicApp);
});

afterAll(() => server.stop());

interface Configuration {
  [name: string]: unknown;
  issuer: string;
  capabilities: string[];
}

async function get(path: string): Promise<{ response: Response; body: Configuration }> {
  const response = await fetch(server.origin + path, { headers: { Origin: 'https://app.example' } });
  return { response, body: (await response.json()) as Configuration };
}

test('smart-configuration is for pages of any origin, and agrees with the metadata of the authorization server', async () => {
  const { response, body } = await get('/fhir/.well-known/smart-configuration');
  expect(response.status).toBe(200);
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(response.headers.get('content-type')).toContain('application/json');
  const { body: metadata } = await get('/oauth/.well-known/openid-configuration');
  for (const name of [
    'issuer',
    'jwks_uri',
    'authorization_endpoint',
    'token_endpoint',
    'introspection_endpoint',
    'revocation_endpoint',
    'code_challenge_methods_supported',
  ])
    expect([name, body[name]]).toEqual([name, metadata[name]]);
  expect(metadata).not.toHaveProperty('userinfo_endpoint');
  expect(metadata).not.toHaveProperty('registration_endpoint');
  expect(body['code_challenge_methods_supported']).toEqual(['S256']);
  expect(metadata['response_types_supported']).toEqual(['code']);
  for (const name of ['grant_types_supported', 'token_endpoint_auth_signing_alg_values_supported'] as const)
    expect([...(metadata[name] as string[])].sort()).toEqual([...(body[name] as string[])].sort());
  const preflight = await fetch(`${server.fhir}/.well-known/smart-configuration`, { method: 'OPTIONS' });
  expect(preflight.status).toBe(204);
});

test('the metadata are where RFC 8414 looks for them too', async () => {
  const { body } = await get('/.well-known/oauth-authorization-server/oauth');
  const { body: other } = await get('/oauth/.well-known/openid-configuration');
  expect(body).toEqual(other);
  expect(body.issuer).toBe(`${server.origin}/oauth`);
});

test('the CapabilityStatement names the endpoints for apps of SMART App Launch 1', async () => {
  const { body } = await get('/fhir/metadata');
  const [{ security }] = (body as unknown as { rest: [{ security: CapabilityStatementRestSecurity }] }).rest;
  expect(security.service?.[0]?.coding?.[0]?.code).toBe('SMART-on-FHIR');
  const uris = security.extension?.[0]?.extension?.map(({ url, valueUri }) => [url, valueUri]);
  expect(uris).toContainEqual(['authorize', `${server.origin}/oauth/authorize`]);
  expect(uris).toContainEqual(['token', `${server.origin}/oauth/token`]);
});

test('the keys are public halves that sign id_tokens', async () => {
  const { body } = await get('/oauth/jwks');
  const keys = body['keys'] as Record<string, string>[];
  expect(keys.length).toBeGreaterThan(0);
  for (const key of keys) {
    expect(key).toMatchObject({ kty: 'RSA', alg: 'RS256', use: 'sig' });
    expect(key).not.toHaveProperty('d');
  }
});

test('the token endpoint answers pages of the origins of the app, and no other', async () => {
  const app = new App(server);
  const redirect = await app.consent({ client_id: publicApp.client_id, scope: 'user/Patient.rs' });
  const evil = await app.exchange(
    redirect,
    { client_id: publicApp.client_id },
    { Origin: 'https://evil.example' },
  );
  expect(evil.headers.get('access-control-allow-origin')).toBeNull();
  expect(evil.status).toBe(400);
  const own = await app.exchange(
    redirect,
    { client_id: publicApp.client_id },
    { Origin: 'http://localhost:4999' },
  );
  expect(own.headers.get('access-control-allow-origin')).toBe('http://localhost:4999');
  expect(own.status).toBe(200);
});

test('openid-client works as a third party', async () => {
  const issuer = new URL(`${server.origin}/oauth`);
  const options = { execute: [openid.allowInsecureRequests] };
  const client = publicApp.client_id;
  const configuration = await discovery(issuer, client, undefined, openid.None(), options);
  const verifier = openid.randomPKCECodeVerifier();
  const [nonce, state] = [openid.randomNonce(), openid.randomState()];
  const url = openid.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope: 'openid fhirUser launch/patient offline_access patient/*.rs',
    aud: server.fhir,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  });
  const { visitor } = new App(server);
  const page = await visitor.open(url);
  const found = await visitor.submit(page, { search: 'PAT', action: 'search' });
  const end = await visitor.submit(found, { patient: patients[0], action: 'allow' });
  const checks = { pkceCodeVerifier: verifier, expectedNonce: nonce, expectedState: state };
  const tokens = await openid.authorizationCodeGrant(configuration, end.url, checks);
  expect(tokens['patient']).toBe(patients[0]);
  expect(tokens.claims()?.['fhirUser']).toBe(`${server.fhir}/Practitioner/practitioner-1`);
  const refreshed = await openid.refreshTokenGrant(configuration, tokens.refresh_token ?? '');
  expect(refreshed.access_token).not.toBe(tokens.access_token);
  await openid.tokenRevocation(configuration, refreshed.access_token);
  const headers = { Authorization: `Bearer ${refreshed.access_token}` };
  expect((await fetch(`${server.fhir}/Patient/${patients[0]}`, { headers })).status).toBe(401);
});
