import type { Actor } from '../../src/access/actor.ts';
import { loginRequired } from '../../src/access/refusals.ts';
import { trailOf } from '../audit/http/trail.ts';
import { actorHeaders, startServerOfActors } from '../support/actors.ts';
import { fhirHttp, issueOf } from '../support/fhir-http.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer | undefined;
afterEach(() => server?.stop());

/** Statuses of as many requests, one after the other. */
async function statuses(
  count: number,
  path: string,
  headers: Record<string, string> = {},
): Promise<number[]> {
  const found: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const url = path.startsWith('/') ? `${server!.origin}${path}` : `${server!.fhir}/${path}`;
    found.push((await fhirHttp(server!.origin).get(url, headers)).status);
  }
  return found;
}

describe('where nobody logs in', () => {
  test('addresses are limited, beyond a trusted proxy those of the callers', async () => {
    server = await startTestServer({ CALLER_REQUESTS_PER_MINUTE: '4', TRUSTED_PROXIES: '127.0.0.1' });
    const from = (address: string) => ({ 'X-Forwarded-For': address });
    expect(await statuses(3, 'Patient', from('192.0.2.1'))).toEqual([200, 200, 200]);
    // The API beside FHIR counts among them.
    expect(await statuses(1, '/api/v1/french-healthcare/dmp/status', from('192.0.2.1'))).toEqual([200]);
    const answer = await fhirHttp(server.origin).get('Patient', from('192.0.2.1'));
    expect([answer.status, issueOf(answer).code]).toEqual([429, 'throttled']);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(await statuses(1, '/api/v1/french-healthcare/dmp/status', from('192.0.2.1'))).toEqual([429]);
    expect(await statuses(1, 'Patient', from('192.0.2.2'))).toEqual([200]);
    // What the caller wrote before the address that the proxy saw moves nobody elsewhere.
    expect(await statuses(1, 'Patient', from('192.0.2.3, 192.0.2.1'))).toEqual([429]);
    expect(await statuses(6, 'metadata', from('192.0.2.1'))).toEqual([200, 200, 200, 200, 200, 200]);
    expect(await statuses(1, '/health/live', from('192.0.2.1'))).toEqual([200]);
  });

  test('X-Forwarded-For of anybody else is not believed', async () => {
    server = await startTestServer({ CALLER_REQUESTS_PER_MINUTE: '1' });
    expect(await statuses(1, 'Patient', { 'X-Forwarded-For': '192.0.2.1' })).toEqual([200]);
    expect(await statuses(1, 'Patient', { 'X-Forwarded-For': '192.0.2.2' })).toEqual([429]);
  });

  test('a tenant is limited as a whole, and a write beyond that is not done', async () => {
    server = await startTestServer({ TENANT_REQUESTS_PER_MINUTE: '2', TRUSTED_PROXIES: '127.0.0.1' });
    expect(await statuses(1, 'Patient', { 'X-Forwarded-For': '192.0.2.1' })).toEqual([200]);
    expect(await statuses(1, 'Patient', { 'X-Forwarded-For': '192.0.2.2' })).toEqual([200]);
    const created = await fhirHttp(server.origin).post('Patient', { resourceType: 'Patient' });
    expect(created.status).toBe(429);
    const store = server.running.core.stores.forTenant('default');
    expect(
      (await store.search({ type: 'Patient', expression: { kind: 'and', operands: [] }, sort: [], count: 1 }))
        .matches,
    ).toEqual([]);
  });

  test('by default there are no limits', async () => {
    server = await startTestServer();
    expect(new Set(await statuses(200, 'Patient/never'))).toEqual(new Set([404]));
  });
});

describe('where callers log in', () => {
  const backend = (clientId: string): Actor => ({
    kind: 'system',
    tenant: 'default',
    subject: { issuer: 'test', value: clientId },
    clientId,
    roles: ['system'],
    context: {},
  });

  test('each of them is limited, and so is an address whose logins are refused', async () => {
    server = await startTestServer(
      { CALLER_REQUESTS_PER_MINUTE: '3', AUTH: 'on', AUDIT: 'off' },
      {
        authenticate: async ({ headers }) => {
          const token = headers.authorization;
          if (token === undefined || token === 'wrong') throw loginRequired('The token is wrong');
          return backend(token);
        },
      },
    );
    const by = (Authorization: string) => ({ Authorization });
    expect(await statuses(4, 'Patient/x', by('one'))).toEqual([404, 404, 404, 429]);
    expect(await statuses(4, 'Patient/x', by('two'))).toEqual([404, 404, 404, 429]);
    expect(await statuses(4, 'Patient/x', by('wrong'))).toEqual([401, 401, 401, 429]);
    expect(await statuses(1, 'Patient/x')).toEqual([429]);
    // Others behind the same address go on.
    expect(await statuses(1, 'Patient/x', by('three'))).toEqual([404]);
  });
});

describe('where callers log in and all is recorded', () => {
  const from = (address: string) => ({ 'X-Forwarded-For': address });
  const recorded = async () =>
    (await trailOf(server!))
      .filter(({ type }) => type.code === '110113')
      .map(({ outcomeDesc }) => outcomeDesc);

  beforeEach(async () => {
    server = await startServerOfActors({
      CALLER_REQUESTS_PER_MINUTE: '3',
      TRUSTED_PROXIES: '127.0.0.1',
      AUDIT: 'on',
    });
  });

  test('the endpoints and pages of the authorization server are limited too', async () => {
    const address = from('192.0.2.1');
    expect(await statuses(3, '/oauth/jwks', address)).toEqual([200, 200, 200]);
    const answer = await fhirHttp(server!.origin).get(`${server!.origin}/oauth/jwks`, address);
    expect([answer.status, issueOf(answer).code]).toEqual([429, 'throttled']);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    for (const path of ['/oauth/authorize', '/interaction/x', '/login/callback']) {
      expect([path, await statuses(1, path, address)]).toEqual([path, [429]]);
    }
    expect(await statuses(1, '/oauth/jwks', from('192.0.2.2'))).toEqual([200]);
    expect(await recorded()).toEqual(new Array(4).fill('oauth throttled'));
    const clients = (await trailOf(server!)).map(({ agent: [client] }) => client?.network?.address);
    expect(clients).toEqual(new Array(4).fill('192.0.2.1'));
  });

  test.each(['/launch', '/api/v1/admin/clients'])(
    '%s is limited for those let in and others',
    async (path) => {
      const address = from('192.0.2.1');
      expect(await statuses(4, path, address)).toEqual([401, 401, 401, 429]);
      const admin = actorHeaders({ name: 'admin', roles: ['admin'] });
      expect((await statuses(4, path, { ...address, ...admin })).at(-1)).toBe(429);
      expect(await recorded()).toEqual([...new Array(3).fill('401 login'), '429 throttled', '429 throttled']);
    },
  );

  test('of many refusals of one caller sixty are recorded each', async () => {
    const by = actorHeaders({ name: 'eager', roles: ['doctor'] });
    expect((await statuses(80, 'Patient/x', by)).filter((status) => status === 429)).toHaveLength(77);
    expect(await recorded()).toEqual(new Array(60).fill('429 throttled'));
  });
});

describe('the ten verifications of an INS a minute', () => {
  const verify = (headers: Record<string, string>) =>
    fetch(`${server!.origin}/api/v1/french-healthcare/ins/verify`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: '{}',
    }).then(({ status }) => status);

  test('are those of an address behind a trusted proxy', async () => {
    server = await startTestServer({ TRUSTED_PROXIES: '127.0.0.1' });
    const from = (address: string) => verify({ 'X-Forwarded-For': address });
    for (let n = 0; n < 10; n += 1) expect(await from('192.0.2.1')).toBe(400);
    expect([await from('192.0.2.1'), await from('192.0.2.2')]).toEqual([429, 400]);
  });

  test('are those of a user who logged in, wherever from', async () => {
    const actors = await startServerOfActors({ TRUSTED_PROXIES: '127.0.0.1' });
    server = actors;
    const by = (name: string, address: string) =>
      verify({ ...actorHeaders({ name, roles: ['doctor'] }), 'X-Forwarded-For': address });
    for (let n = 0; n < 10; n += 1) expect(await by('one', `192.0.2.${n}`)).toBe(400);
    expect([await by('one', '192.0.2.99'), await by('two', '192.0.2.1')]).toEqual([429, 400]);
  });
});
