import type { Patient } from 'fhir/r4.d.ts';
import { created, serverUnderTest } from '../support/fhir-http.ts';

const app = 'https://app.hospital.example';
const stranger = 'https://stranger.example';
const localPage = 'http://localhost:5173';

/** Listens beyond this machine, so that its pages have no right of their own. */
const everywhere = { HOST: '0.0.0.0', OPEN_ACCESS: 'network', INSI_MODE: 'off' };
const open = serverUnderTest(everywhere);
const configured = serverUnderTest({ ...everywhere, CORS_ORIGINS: `${app}, https://other.example/` });
const demonstration = serverUnderTest();

const preflight = (origin: string, method = 'PUT') => ({
  headers: {
    Origin: origin,
    'Access-Control-Request-Method': method,
    'Access-Control-Request-Headers': 'authorization,content-type,if-match',
  },
});

function corsHeaders(headers: Readonly<Record<string, string>>): string[] {
  return Object.keys(headers).filter((name) => name.startsWith('access-control-'));
}

describe('CORS (http.html#cors)', () => {
  test('lets a browser ask whether an application of a known origin may write', async () => {
    const answer = await configured.send('OPTIONS', 'Patient/x', preflight(app));
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': app,
      'access-control-allow-headers': 'authorization,content-type,if-match',
      'access-control-max-age': '600',
    });
    const methods = answer.headers['access-control-allow-methods']!.split(', ');
    expect(methods).toEqual(expect.arrayContaining(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']));
  });

  test('exposes the headers that a FHIR client needs, on answers and refusals', async () => {
    const id = await created(configured, { resourceType: 'Patient' } as Patient);
    for (const path of [`Patient/${id}`, 'Patient/unknown', 'Patient?_summary=x', 'metadata']) {
      const { headers } = await configured.get(path, { Origin: app });
      expect(headers['access-control-allow-origin']).toBe(app);
      expect(headers['access-control-expose-headers']!.split(', ')).toEqual([
        'ETag',
        'Location',
        'Last-Modified',
        'Content-Location',
        'Retry-After',
        'X-Progress',
        'X-Request-Id',
        'WWW-Authenticate',
      ]);
    }
  });

  test('never allows credentials', async () => {
    const answer = await configured.get('metadata', { Origin: app });
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
  });

  test('knows every origin of the setting, a slash at its end aside', async () => {
    const origin = 'https://other.example';
    const answer = await configured.get('metadata', { Origin: origin });
    expect(answer.headers['access-control-allow-origin']).toBe(origin);
  });

  test.each([stranger, localPage, `${app}.evil.example`, 'http://app.hospital.example', 'null', ''])(
    'tells nothing to the origin %j',
    async (origin) => {
      const asked = await configured.send('OPTIONS', 'Patient/x', preflight(origin));
      const got = await configured.get('metadata', { Origin: origin });
      expect([asked.status, got.status]).toEqual([204, 200]);
      expect([...corsHeaders(asked.headers), ...corsHeaders(got.headers)]).toEqual([]);
    },
  );

  test('tells caches that the origin matters', async () => {
    for (const headers of [{}, { Origin: app }, { Origin: stranger }]) {
      expect((await configured.get('metadata', headers as never)).headers['vary']).toContain('Origin');
    }
  });

  test('is off without the setting', async () => {
    for (const origin of [app, localPage]) {
      const asked = await open.send('OPTIONS', 'Patient/x', preflight(origin));
      const got = await open.get('metadata', { Origin: origin });
      expect([...corsHeaders(asked.headers), ...corsHeaders(got.headers)]).toEqual([]);
      expect(got.headers['vary']).not.toContain('Origin');
    }
  });

  test('is open to the pages of the same machine while the server listens on loopback alone', async () => {
    for (const origin of [localPage, 'http://127.0.0.1:8080', 'http://[::1]:1']) {
      expect(
        (await demonstration.get('metadata', { Origin: origin })).headers['access-control-allow-origin'],
      ).toBe(origin);
    }
    for (const origin of [stranger, 'http://localhost.evil.example', 'http://127.0.0.1.evil.example']) {
      expect(corsHeaders((await demonstration.get('metadata', { Origin: origin })).headers)).toEqual([]);
    }
  });
});

describe('CORS on the facade of the INS', () => {
  const address = '/api/v1/french-healthcare/ins/patient/unknown';
  const ask = async (path: string, method: string, headers: Record<string, string>) =>
    fetch(demonstration.origin + path, { method, headers });

  test('answers a preflight request of an allowed origin, which then reads answers and refusals', async () => {
    const asked = await ask(address, 'OPTIONS', preflight(localPage, 'GET').headers);
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, localPage]);
    expect(asked.headers.get('access-control-allow-methods')).toBe('GET, HEAD, POST');
    const got = await ask(address, 'GET', { Origin: localPage });
    expect([got.status, got.headers.get('access-control-allow-origin')]).toEqual([404, localPage]);
    expect(got.headers.get('vary')).toContain('Origin');
  });

  test('gives no right to another origin, nor at addresses of other kinds', async () => {
    for (const [path, origin] of [
      [address, stranger],
      ['/simulators/insi/lps', localPage],
      ['/health/live', localPage],
    ] as const) {
      for (const method of ['OPTIONS', 'GET']) {
        const { headers } = await ask(path, method, preflight(origin, 'GET').headers);
        expect([path, headers.get('access-control-allow-origin')]).toEqual([path, null]);
      }
    }
  });
});
