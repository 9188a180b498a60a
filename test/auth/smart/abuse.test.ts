import { App, answerOf, challengeOf, publicApp, redirectUri } from './app.ts';
import { doctor } from './fake-login.ts';
import { patients, practitioner, type SmartTestServer, startSmartServer } from './smart-server.ts';
import { Visitor } from './visitor.ts';

let server: SmartTestServer;

const [first, second] = patients;
const client_id = publicApp.client_id;
const scope = 'launch/patient patient/*.rs';

beforeAll(async () => {
  server = await startSmartServer();
  await server.register(publicApp);
  await server.register({ ...publicApp, client_id: 'other-app' });
});

afterAll(() => server.stop());

beforeEach(() => {
  server.login.user = doctor(practitioner);
  server.events.length = 0;
});

/** The error that an authorization request is answered with at the app, where no page is shown. */
async function errorOf(given: Record<string, string>): Promise<string | null> {
  const { url } = await new App(server).authorize({ client_id, scope, ...given });
  expect(url.href.split(/[?#]/)[0]).toBe(redirectUri);
  const answer = new URLSearchParams(url.search || url.hash.slice(1));
  expect(answer.has('code')).toBe(false);
  return answer.get('error');
}

test.each([
  ['no PKCE', { code_challenge: '', code_challenge_method: '' }],
  ['PKCE in clear', { code_challenge: 'x'.repeat(43), code_challenge_method: 'plain' }],
  ['PKCE without a method, which means in clear', { code_challenge_method: '' }],
  ['no audience', { aud: '' }],
  ['another audience', { aud: 'https://elsewhere.example/fhir' }],
  ['an unknown launch', { launch: 'unknown', scope: `${scope} launch` }],
])('an authorization request with %s is refused', async (_name, given) => {
  expect(await errorOf(given)).toBe('invalid_request');
  expect(server.events).toContainEqual(expect.objectContaining({ kind: 'refused', where: 'authorize' }));
});

test('a slash at the end of the audience does not matter', async () => {
  const page = await new App(server).authorize({ client_id, scope, aud: `${server.fhir}/` });
  expect(page.status).toBe(200);
});

test('scopes that are all out of reach are an invalid scope', async () => {
  for (const each of ['system/*.rs', 'user/Patient.cruds', 'nonsense', 'patient/Patient.xyz']) {
    expect(await errorOf({ scope: each })).toBe('invalid_scope');
  }
});

test('tokens are given by codes alone', async () => {
  for (const response_type of ['token', 'id_token', 'code token', 'none']) {
    expect(await errorOf({ response_type })).toBe('unsupported_response_type');
  }
  const password = await new App(server).token({
    grant_type: 'password',
    username: 'u',
    password: 'p',
    client_id,
  });
  expect((await answerOf(password)).error).toBe('unsupported_grant_type');
});

test.each([
  'https://evil.example/index.html',
  `${redirectUri}/../evil`,
  `${redirectUri}?x=1`,
  `${redirectUri}#x`,
  'http://localhost:4999@evil.example/app/index.html',
  'http://localhost:4998/app/index.html',
  'HTTP://LOCALHOST:4999/app/index.html',
  'javascript:alert(1)',
])('nobody is sent to the redirect URI %s', async (uri) => {
  const page = await new App(server).authorize({ client_id, scope, redirect_uri: uri });
  expect(page.status).toBe(400);
  expect(page.url.origin).toBe(server.origin);
  expect(page.text).not.toContain('evil');
  expect(server.events).toContainEqual(expect.objectContaining({ kind: 'refused', where: 'authorize' }));
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
});

test('an unknown client is shown a page', async () => {
  const page = await new App(server).authorize({ client_id: '<script>', scope });
  expect(page.status).toBe(400);
  expect(page.text).not.toContain('<script>');
});

test('a code needs its verifier, its redirect URI and its client', async () => {
  for (const form of [
    { code_verifier: '' },
    { code_verifier: challengeOf('another') },
    { redirect_uri: `${redirectUri}/x` },
    { client_id: 'other-app' },
  ]) {
    const app = new App(server);
    const redirect = await app.consent({ client_id, scope }, first);
    const answer = await app.exchange(redirect, { client_id, ...form });
    expect(answer.status).toBe(400);
    expect((await answerOf(answer)).error).toBe('invalid_grant');
    expect(server.events.at(-1)).toMatchObject({ kind: 'refused', where: 'token', error: 'invalid_grant' });
  }
});

test('the consent form of another site is refused', async () => {
  const app = new App(server);
  const page = await app.authorize({ client_id, scope });
  for (const init of [
    { csrf: 'x', origin: server.origin },
    { csrf: '', origin: server.origin },
    { csrf: /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '', origin: 'https://evil.example' },
  ]) {
    const body = new URLSearchParams({ csrf: init.csrf, action: 'allow', patient: first, scope });
    const headers = { Origin: init.origin };
    const answer = await app.visitor.open(page.url, { method: 'POST', body, headers });
    expect(answer.status).toBe(403);
  }
  expect(server.events).toContainEqual(expect.objectContaining({ kind: 'refused', where: 'consent' }));
});

test('the pages of an interaction are those of its browser', async () => {
  const app = new App(server);
  const page = await app.authorize({ client_id, scope });
  const stranger = new Visitor(server.origin);
  expect((await stranger.open(page.url)).status).toBe(400);
  expect((await stranger.submit(page, { patient: first, action: 'allow' })).status).toBe(400);
  const other = await new App(server, stranger).authorize({ client_id, scope });
  expect((await stranger.open(page.url)).status).toBe(400);
  expect((await stranger.open(other.url)).status).toBe(200);
});

test('a login is finished once, by the browser that began it', async () => {
  const app = new App(server);
  const begun = await fetch(app.address({ client_id, scope }), { redirect: 'manual' });
  const interaction = new URL(begun.headers.get('location') ?? '', server.origin);
  const cookie = begun.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ');
  const sent = await fetch(interaction, { redirect: 'manual', headers: { cookie } });
  const callback = sent.headers.get('location') ?? '';
  expect(callback).toContain('/login/callback?state=');
  const stranger = await new Visitor(server.origin).open(callback);
  expect(stranger.status).toBe(400);
  const binding = sent.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ');
  const again = await fetch(callback, { redirect: 'manual', headers: { cookie: binding } });
  expect(again.status).toBe(400);
  expect(server.events.filter(({ kind }) => kind === 'login')).toHaveLength(2);
  const forged = await fetch(`${server.origin}/login/callback?state=forged&code=c`, {
    headers: { cookie: binding },
  });
  expect(forged.status).toBe(400);
});

test('a login that is refused begins nothing, and may be begun again', async () => {
  server.login.user = undefined;
  const app = new App(server);
  const page = await app.authorize({ client_id, scope });
  expect(page.status).toBe(400);
  const [, again = ''] = /<a href="([^"]+)"/.exec(page.text) ?? [];
  expect(again).toMatch(/^\/interaction\/[\w-]+$/);
  server.login.user = doctor(practitioner);
  expect((await app.visitor.open(again)).status).toBe(200);
});

test('a patient who logs in has no other patient', async () => {
  server.login.user = doctor(`Patient/${second}`, { activities: [] });
  const app = new App(server);
  const page = await app.authorize({ client_id, scope });
  expect(page.text).not.toContain('name="search"');
  const { url } = await app.visitor.submit(page, { patient: first, action: 'allow' });
  const answer = await answerOf(await app.exchange(url, { client_id }));
  expect(answer.patient).toBe(second);
  await fetch(`${server.fhir}/Patient`, { headers: { Authorization: `Bearer ${answer.access_token}` } });
  expect(server.actors.at(-1)).toMatchObject({ kind: 'patient', roles: [], fhirUser: `Patient/${second}` });
});

test('a login in one tenant is none in another', async () => {
  await server.register({ ...publicApp, client_id: 'of-another', tenant: 'another' });
  const app = new App(server);
  const mine = await app.launch('user/Patient.rs online_access');
  const before = server.login.requests.length;
  const given = { client_id: 'of-another', scope: 'user/Patient.rs' };
  const refused = await new App(server, app.visitor).authorize(given);
  expect(server.login.requests.slice(before).map(({ tenant }) => tenant)).toEqual(['another']);
  // The professional is registered in the first tenant alone.
  expect(refused.url.searchParams.has('code')).toBe(false);
  expect(refused.text).not.toContain('name="scope"');
  const headers = { Authorization: `Bearer ${mine.access_token}` };
  expect((await fetch(`${server.fhir}/Patient`, { headers })).status).toBe(200);
  expect(server.actors.at(-1)?.tenant).toBe('default');
});

test('a token in the address is none', async () => {
  const { access_token } = await new App(server).launch('user/Patient.rs');
  expect((await fetch(`${server.fhir}/Patient?access_token=${access_token}`)).status).toBe(401);
});

test('headers of a proxy move no address', async () => {
  const headers = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https' };
  const answer = await fetch(`${server.origin}/oauth/.well-known/openid-configuration`, { headers });
  expect(await answer.text()).not.toContain('evil.example');
});

test('what is kept in the database gives no token away', async () => {
  const answer = await new App(server).launch(`${scope} offline_access`, first);
  const directory = server.core.settings.DATA_DIR;
  const { readdir, readFile } = await import('node:fs/promises');
  const files = await readdir(directory, { recursive: true, withFileTypes: true });
  const contents = await Promise.all(
    files
      .filter((file) => file.isFile())
      .map((file) => readFile(`${file.parentPath}/${file.name}`, 'latin1')),
  );
  expect(contents.some((each) => each.includes('oauth RefreshToken '))).toBe(true);
  for (const token of [answer.access_token, answer.refresh_token ?? '']) {
    expect(contents.some((each) => each.includes(token))).toBe(false);
  }
});

test('over https the cookies are secure, and that of the session is of this host alone', async () => {
  const secured = await startSmartServer({ BASE_URL: 'https://fhir.hospital.example' });
  try {
    await secured.register(publicApp);
    const { searchParams } = new App(secured).address({
      client_id,
      scope,
      aud: 'https://fhir.hospital.example/fhir',
    });
    const answer = await fetch(`${secured.address}/oauth/authorize?${searchParams}`, { redirect: 'manual' });
    expect(answer.status).toBe(303);
    const cookies = answer.headers.getSetCookie();
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/; secure/i);
      expect(cookie).toMatch(/; httponly/i);
      expect(cookie).toMatch(/; samesite=lax/i);
    }
    const cookie = cookies.map((each) => each.split(';')[0]).join('; ');
    const interaction = new URL(answer.headers.get('location') ?? '', secured.address).pathname;
    const sent = await fetch(secured.address + interaction, { redirect: 'manual', headers: { cookie } });
    expect(sent.headers.getSetCookie().join()).toMatch(/^__Host-passerelle-login=.*; Path=\/;.*Secure/);
  } finally {
    await secured.stop();
  }
});

test('a machine that is refused again and again is refused at once, and no other with it', async () => {
  const limited = await startSmartServer({ TRUSTED_PROXIES: '127.0.0.1' });
  try {
    const app = new App(limited);
    const ask = (address: string) =>
      app.token(
        { grant_type: 'client_credentials', client_id: 'nobody' },
        { 'X-Forwarded-For': `198.51.100.1, ${address}` },
      );
    for (let count = 0; count < 300; count += 1) await (await ask('198.51.100.7')).arrayBuffer();
    const refused = await ask('198.51.100.7');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toEqual(expect.any(String));
    expect((await ask('198.51.100.8')).status).toBe(401);
  } finally {
    await limited.stop();
  }
});
