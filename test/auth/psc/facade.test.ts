import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEvent, Bundle, OperationOutcome, Practitioner } from 'fhir/r4.d.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { answered } from './support.ts';

const base = '/api/v1/french-healthcare/psc';
let server: TestServer;

/** Limits count by the minute and caller: each test has a server of its own. */
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.stop());

interface Begun {
  authorization_url: string;
  state: string;
  expires_in: number;
}

async function begin(cookieBefore?: string): Promise<Begun & { cookie: string }> {
  const headers = cookieBefore === undefined ? {} : { cookie: cookieBefore.split(';', 1)[0]! };
  const response = await fetch(`${server.origin}${base}/authorize`, { headers });
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  const [cookie] = response.headers.getSetCookie();
  return { ...((await response.json()) as Begun), cookie: cookie! };
}

function callback(body: object, cookie?: string): Promise<Response> {
  return fetch(`${server.origin}${base}/callback`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(cookie ? { cookie: cookie.split(';', 1)[0]! } : {}) },
    body: JSON.stringify(body),
  });
}

const me = (token?: string) =>
  fetch(`${server.origin}${base}/me`, token ? { headers: { authorization: `Bearer ${token}` } } : {});

async function logIn(person: string): Promise<{ access_token: string; user: Record<string, unknown> }> {
  const { authorization_url, cookie } = await begin();
  const back = await answered(new URL(authorization_url), { sim_user: person });
  const response = await callback(Object.fromEntries(back.searchParams), cookie);
  expect(response.status).toBe(200);
  return (await response.json()) as { access_token: string; user: Record<string, unknown> };
}

async function issue(response: Response) {
  return ((await response.json()) as OperationOutcome).issue[0]!;
}

test('a professional logs in, is told who they are, and stands in the FHIR API', async () => {
  const { access_token, user } = await logIn('medecin');
  expect(user).toMatchObject({
    rpps: '99799000015',
    national_id: '899799000015',
    family_name: 'EXEMPLE',
    acr: 'eidas1',
    activities: [
      { organization_name: 'CABINET DU DR EXEMPLE', profession: '10', sector: 'SA07', role: 'doctor' },
      { organization_name: 'HOPITAL FICTIF', role: 'doctor' },
    ],
  });
  const answer = await me(access_token);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual(user);
  const found = await fetch(`${server.fhir}/Practitioner?identifier=https://rpps.esante.gouv.fr|99799000015`);
  const [entry] = ((await found.json()) as Bundle<Practitioner>).entry!;
  expect(`Practitioner/${entry!.resource!.id}`).toBe(user['practitioner']);
});

test('a professional of no register logs in, whatever is left out of the claims', async () => {
  const expected = {
    rpps: null,
    national_id: '3990000010/SEC0001',
    activities: [{ practitioner_role: null, organization_name: 'HOPITAL FICTIF', role: 'secretary' }],
  };
  const { user } = await logIn('secretaire');
  expect(user).toMatchObject(expected);
  await fetch(`${server.origin}/simulators/psc/__sim/switches`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ withoutPractices: true }),
  });
  expect((await logIn('secretaire')).user).toMatchObject({ ...expected, practitioner: user['practitioner'] });
});

test('a page is redirected at once, with the cookie of its login', async () => {
  const response = await fetch(`${server.origin}${base}/authorize`, {
    redirect: 'manual',
    headers: { accept: 'text/html' },
  });
  expect(response.status).toBe(302);
  expect(response.headers.get('location')).toContain('/simulators/psc/wallet/auth?');
  expect(response.headers.getSetCookie()[0]).toMatch(
    /^psc-login=[\w-]{43}; Max-Age=300; Path=\/; HttpOnly; SameSite=Lax$/,
  );
});

test('two logins of one browser at once do not take the place of each other', async () => {
  const first = await begin();
  const second = await begin(first.cookie);
  expect(second.cookie).toBe(first.cookie);
  for (const { authorization_url } of [second, first]) {
    const back = await answered(new URL(authorization_url), { sim_user: 'medecin' });
    expect((await callback(Object.fromEntries(back.searchParams), second.cookie)).status).toBe(200);
  }
  const chosen = await begin('psc-login=chosen-by-somebody');
  expect(chosen.cookie).toMatch(/^psc-login=[\w-]{43};/);
});

test('a login is refused without the cookie, with that of another one, and a second time', async () => {
  const { authorization_url, cookie } = await begin();
  const other = await begin();
  const body = async () =>
    Object.fromEntries((await answered(new URL(authorization_url), { sim_user: 'medecin' })).searchParams);
  const first = await body();
  const without = await callback(first);
  expect(without.status).toBe(400);
  expect(await issue(without)).toMatchObject({ code: 'expired', expression: ['state'] });
  // One attempt is all that a state has.
  expect((await callback(first, cookie)).status).toBe(400);
  const stolen = await answered(new URL(other.authorization_url), { sim_user: 'medecin' });
  expect((await callback(Object.fromEntries(stolen.searchParams), cookie)).status).toBe(400);
});

test.each<[string, object]>([
  ['no state', { code: 'x' }],
  ['neither code nor error', { state: 'x' }],
  ['a code that is no text', { state: 'x', code: { a: 1 } }],
  ['another member', { state: 'x', code: 'x', redirect: 'https://evil.example' }],
])('a callback is refused with %s', async (_case, body) => {
  const response = await callback(body);
  expect(response.status).toBe(400);
  expect(await issue(response)).toMatchObject({ code: 'invalid' });
});

test('a login that the professional refused is told as such', async () => {
  const { authorization_url, cookie } = await begin();
  const back = await answered(new URL(authorization_url), { sim_error: 'access_denied' });
  const response = await callback(Object.fromEntries(back.searchParams), cookie);
  expect(response.status).toBe(403);
  expect(await issue(response)).toMatchObject({ code: 'forbidden' });
});

test('a professional who is deactivated here is refused', async () => {
  const { user } = await logIn('infirmier');
  const url = `${server.origin}/fhir/${user['practitioner']}`;
  const current = (await (await fetch(url)).json()) as Practitioner;
  await fetch(url, {
    method: 'PUT',
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ ...current, active: false }),
  });
  const { authorization_url, cookie } = await begin();
  const back = await answered(new URL(authorization_url), { sim_user: 'infirmier' });
  const response = await callback(Object.fromEntries(back.searchParams), cookie);
  expect(response.status).toBe(403);
  expect(await issue(response)).toMatchObject({ code: 'suppressed' });
});

test('nobody is anybody without a token, with one that is invented, or after a logout', async () => {
  for (const token of [undefined, 'invented', '%00', `${'x'.repeat(43)}`]) {
    const response = await me(token);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await issue(response)).toMatchObject({ code: 'login' });
  }
  const { access_token } = await logIn('pharmacien');
  const ended = await fetch(`${server.origin}${base}/logout`, {
    method: 'POST',
    headers: { authorization: `Bearer ${access_token}` },
  });
  const { logout_url } = (await ended.json()) as { logout_url: string };
  expect((await me(access_token)).status).toBe(401);
  expect((await fetch(logout_url)).status).toBe(200);
});

test('a session ends when Pro Santé Connect ends its own, and by no forged word of it', async () => {
  const { authorization_url, cookie } = await begin();
  const back = await answered(new URL(authorization_url), { sim_user: 'psi' });
  const login = await callback(Object.fromEntries(back.searchParams), cookie);
  const { access_token } = (await login.json()) as { access_token: string };
  const other = await logIn('medecin');
  const forged = await fetch(`${server.origin}/login/psc/backchannel-logout`, {
    method: 'POST',
    body: new URLSearchParams({ logout_token: 'x.y.z' }),
  });
  expect(forged.status).toBe(400);
  expect((await me(access_token)).status).toBe(200);
  const session = back.searchParams.get('session_state');
  const ended = await fetch(`${server.origin}/simulators/psc/__sim/sessions/${session}`, {
    method: 'DELETE',
  });
  expect(ended.status).toBe(204);
  expect((await me(access_token)).status).toBe(401);
  expect((await me(other.access_token)).status).toBe(200);
});

test.each([
  ['authorize', 10, 'GET'],
  ['callback', 10, 'POST'],
  ['me', 30, 'GET'],
])('%s is taken %d times a minute', async (path, limit, method) => {
  const ask = () => fetch(`${server.origin}${base}/${path}`, { method });
  for (let time = 0; time < limit; time++) expect((await ask()).status).not.toBe(429);
  const refused = await ask();
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await issue(refused)).toMatchObject({ code: 'throttled' });
});

test('a login enters the tenant of the address that it began at', async () => {
  const tenants = join(server.directory, 'tenants.json');
  await writeFile(tenants, JSON.stringify({ tenants: [{ id: 'chu' }] }));
  const several = await startTestServer({ TENANTS_FILE: tenants });
  try {
    const begun = await fetch(`${several.origin}/t/chu${base}/authorize`);
    const { authorization_url } = (await begun.json()) as Begun;
    const back = await answered(new URL(authorization_url), { sim_user: 'medecin' });
    const [cookie = ''] = begun.headers.getSetCookie();
    const entered = await fetch(`${several.origin}${base}/callback`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: cookie.split(';', 1)[0]! },
      body: JSON.stringify(Object.fromEntries(back.searchParams)),
    });
    expect(entered.status).toBe(200);
    const found = (tenant: string) =>
      fetch(`${several.origin}${tenant}/fhir/Practitioner?identifier=99799000015`);
    expect(((await (await found('/t/chu')).json()) as Bundle).entry).toHaveLength(1);
    expect(((await (await found('')).json()) as Bundle).entry).toBeUndefined();
  } finally {
    await several.stop();
  }
});

test('logins and what they write, logouts and refusals are in the audit trail, without a name', async () => {
  await server.stop();
  server = await startTestServer({ AUDIT: 'on' });
  const { access_token, user } = await logIn('medecin');
  await fetch(`${server.origin}${base}/logout`, {
    method: 'POST',
    headers: { authorization: `Bearer ${access_token}` },
  });
  await me(access_token);
  const { authorization_url, cookie } = await begin();
  const back = await answered(new URL(authorization_url), { sim_error: 'access_denied' });
  await callback(Object.fromEntries(back.searchParams), cookie);
  const events = await auditEvents(10);
  const summary = events.map(({ subtype, type, outcome, outcomeDesc }) =>
    [subtype?.[0]?.code ?? type.code, outcome, outcomeDesc].filter((each) => each !== undefined).join(' '),
  );
  expect(summary).toEqual(
    expect.arrayContaining([
      '110122 0',
      '110123 0',
      '110122 4 denied',
      expect.stringMatching(/^transaction 0|^create 0/),
    ]),
  );
  const logins = events.filter(({ subtype, outcome }) => subtype?.[0]?.code === '110122' && outcome === '0');
  expect(JSON.stringify(logins)).toContain(String(user['practitioner']));
  expect(JSON.stringify(events)).not.toMatch(/EXEMPLE|Camille/);
});

/** The events of the trail once there are that many; they follow their answers. */
async function auditEvents(least: number): Promise<AuditEvent[]> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const found = await fetch(`${server.fhir}/AuditEvent?_count=200`);
    const events = ((await found.json()) as Bundle<AuditEvent>).entry?.map(({ resource }) => resource!) ?? [];
    if (events.length >= least) return events;
    await sleep(50);
  }
  throw new Error('There are not that many events');
}
