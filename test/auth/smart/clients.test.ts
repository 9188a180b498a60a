import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openClients } from '../../../src/server-clients.ts';
import { runPasserelle } from '../../support/passerelle.ts';
import { App, answerOf, backendKey, basic, confidentialApp, publicApp } from './app.ts';
import { doctor } from './fake-login.ts';
import { practitioner, type SmartTestServer, startSmartServer } from './smart-server.ts';

let server: SmartTestServer;
let directory = '';

beforeAll(async () => {
  server = await startSmartServer({ SMART_JWKS_ORIGINS: 'https://keys.hospital.example' });
  directory = await mkdtemp(join(tmpdir(), 'passerelle-clients-'));
  await server.register(publicApp);
});

afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

function issuesOf(metadata: object): Promise<(string | undefined)[]> {
  return server.register(metadata).then(
    () => [],
    (error: { issues: { expression?: string }[] }) => error.issues.map(({ expression }) => expression),
  );
}

test.each<[object, string]>([
  [{ scope: undefined }, 'scope'],
  [{ scope: 'openid nonsense' }, 'scope'],
  [{ client_id: 'a b' }, 'client_id'],
  [{ redirect_uris: [] }, 'redirect_uris'],
  [{ redirect_uris: undefined }, 'redirect_uris'],
  [{ redirect_uris: ['http://app.example/index.html'] }, 'redirect_uris[0]'],
  [{ redirect_uris: ['https://app.example/#x'] }, 'redirect_uris[0]'],
  [{ redirect_uris: ['https://*.example/'] }, 'redirect_uris[0]'],
  [{ redirect_uris: ['https://user@app.example/'] }, 'redirect_uris[0]'],
  [{ redirect_uris: ['javascript:alert(1)'] }, 'redirect_uris[0]'],
  [{ launch_uri: 'ftp://app.example' }, 'launch_uri'],
  [{ grant_types: ['implicit'] }, 'grant_types.0'],
  [{ grant_types: ['client_credentials'], redirect_uris: undefined }, 'token_endpoint_auth_method'],
  [{ token_endpoint_auth_method: 'private_key_jwt' }, 'jwks'],
  [{ jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }, 'jwks.keys.0'],
  [{ jwks: { keys: [{ kty: 'EC', d: 'AAAA' }] } }, 'jwks.keys.0'],
  [{ token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://evil.example/jwks' }, 'jwks_uri'],
  [
    { dpop_bound_access_tokens: true, tls_client_certificate_bound_access_tokens: true },
    'dpop_bound_access_tokens',
  ],
  [{ client_secret: 'chosen by the client' }, 'client_secret'],
  [{ require_signed_request_object: true }, 'require_signed_request_object'],
])('a client with %j is refused at %s', async (wrong, expression) => {
  const metadata = JSON.parse(JSON.stringify({ ...publicApp, client_id: 'refused', ...wrong }));
  expect(await issuesOf(metadata)).toContain(expression);
});

test('metadata that are not understood are ignored, and what is registered is told (RFC 7591, 2)', async () => {
  const unknown = { software_id: 'x', response_types: ['token'], require_signed_request_object: false };
  const { client } = await server.register({ ...publicApp, client_id: 'with-more', ...unknown });
  for (const name of Object.keys(unknown)) expect(client).not.toHaveProperty(name);
  expect((await openClients(server.core).find('with-more'))?.redirect_uris).toEqual(publicApp.redirect_uris);
});

test('a client that is accepted here is one for the authorization server', async () => {
  const key = await backendKey(server, 'k', 'RS384');
  const { token_endpoint_auth_method: _, ...app } = publicApp;
  const method = 'private_key_jwt';
  for (const [index, metadata] of [
    { ...app, token_endpoint_auth_method: 'client_secret_post' },
    { ...app, token_endpoint_auth_method: method, jwks: { keys: [key.publicKey] } },
    { ...app, token_endpoint_auth_method: method, jwks_uri: 'https://keys.hospital.example/jwks' },
    { ...publicApp, redirect_uris: ['https://app.example/a?x=1', 'http://[::1]:4999/b'] },
    { ...publicApp, dpop_bound_access_tokens: true },
    { ...publicApp, tls_client_certificate_bound_access_tokens: true },
    { ...publicApp, client_uri: 'https://app.example', contacts: ['team@app.example'] },
  ].entries()) {
    const client_id = `accepted-${index}`;
    await server.register({ ...metadata, client_id });
    const [redirect_uri = ''] = metadata.redirect_uris;
    const page = await new App(server).authorize({ client_id, scope: 'user/Patient.rs', redirect_uri });
    expect([index, page.status]).toEqual([index, 200]);
  }
});

test('a client_id is used once, also after its client was revoked', async () => {
  await expect(server.register(publicApp)).rejects.toMatchObject({ status: 409 });
  await server.register({ ...publicApp, client_id: 'gone' });
  await openClients(server.core).revoke('gone');
  await expect(server.register({ ...publicApp, client_id: 'gone' })).rejects.toMatchObject({ status: 409 });
  await expect(openClients(server.core).revoke('gone')).rejects.toMatchObject({ status: 404 });
  expect((await new App(server).authorize({ client_id: 'gone', scope: 'openid' })).status).toBe(400);
});

test('a secret is shown once, kept as a hash, and ends when another takes its place', async () => {
  const { client, client_secret = '' } = await server.register({ ...confidentialApp, client_id: 'rotated' });
  expect(JSON.stringify(client)).not.toContain(client_secret);
  const stored = await server.core.stores.forTenant('$clients').read('Basic', 'rotated');
  expect(stored?.body.toString()).not.toContain(client_secret);
  const statusWith = async (secret: string) => {
    const form = { grant_type: 'refresh_token', refresh_token: 'unknown' };
    return (await answerOf(await new App(server).token(form, basic('rotated', secret)))).error;
  };
  expect(await statusWith(client_secret)).toBe('invalid_grant');
  const rotated = await openClients(server.core).rotate('rotated');
  expect(rotated.client_secret).not.toBe(client_secret);
  expect(await statusWith(client_secret)).toBe('invalid_client');
  expect(await statusWith(rotated.client_secret ?? '')).toBe('invalid_grant');
  await expect(openClients(server.core).rotate('public-app')).rejects.toMatchObject({ status: 422 });
});

test('the role admin administers the clients of its tenant over HTTP, no other role', async () => {
  const tokenOf = async (role: 'admin' | 'doctor') => {
    server.login.user = doctor(practitioner, { activities: [{ role }] });
    const redirect = await new App(server).authorize({
      client_id: publicApp.client_id,
      scope: 'user/Patient.rs',
    });
    expect(redirect.status).toBe(200);
    return (await new App(server).launch('user/Patient.rs')).access_token;
  };
  const call = (method: string, path: string, token: string, body?: object) =>
    fetch(`${server.origin}/api/v1/admin/clients${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const [admin, other] = [await tokenOf('admin'), await tokenOf('doctor')];
  const metadata = { ...confidentialApp, client_id: 'by-admin', tenant: 'another' };
  expect((await call('GET', '', other)).status).toBe(403);
  expect((await call('POST', '', other, metadata)).status).toBe(403);
  expect((await call('POST', '', 'forged', metadata)).status).toBe(401);
  const created = await call('POST', '', admin, metadata);
  expect(created.status).toBe(201);
  const client = (await created.json()) as Record<string, unknown>;
  expect(client).toMatchObject({
    client_id: 'by-admin',
    tenant: 'default',
    client_secret: expect.any(String),
  });
  expect(client).not.toHaveProperty('client_secret_hash');
  const listed = await (await call('GET', '', admin)).text();
  expect(listed).toContain('by-admin');
  expect(listed).not.toContain(client['client_secret']);
  expect(listed).not.toContain('hash');
  expect((await call('POST', '/by-admin/rotate', admin)).status).toBe(200);
  expect((await call('DELETE', '/by-admin', other)).status).toBe(403);
  expect((await call('DELETE', '/by-admin', admin)).status).toBe(204);
  expect((await call('DELETE', '/by-admin', admin)).status).toBe(404);
  await server.register({ ...publicApp, client_id: 'elsewhere', tenant: 'another' });
  expect((await call('DELETE', '/elsewhere', admin)).status).toBe(404);
  expect(await (await call('GET', '', admin)).text()).not.toContain('elsewhere');
});

test('passerelle clients registers, lists, rotates and revokes', async () => {
  const environment = { DATA_DIR: join(directory, 'data'), SEED: 'none', INSI_MODE: 'off' };
  const run = (...args: string[]) => runPasserelle(['clients', ...args], environment);
  const file = join(directory, 'client.json');
  await writeFile(file, JSON.stringify({ ...confidentialApp, client_id: 'by-command' }));
  const added = await run('add', file);
  expect(added.code).toBe(0);
  const { client_secret } = JSON.parse(added.stdout) as { client_secret: string };
  expect(client_secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
  const listed = await run('list');
  expect(JSON.parse(listed.stdout)).toEqual([expect.objectContaining({ client_id: 'by-command' })]);
  expect(listed.stdout).not.toContain(client_secret);
  expect(JSON.parse((await run('rotate', 'by-command')).stdout).client_secret).not.toBe(client_secret);
  expect((await run('revoke', 'by-command')).code).toBe(0);
  expect(JSON.parse((await run('list')).stdout)).toEqual([]);
  await writeFile(file, JSON.stringify({ client_name: 'x', scope: 'nonsense' }));
  const wrong = await run('add', file);
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toContain('grant_types: ');
  expect((await run('add')).code).toBe(2);
});
