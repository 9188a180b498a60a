import type { Bundle, CapabilityStatement, Patient } from 'fhir/r4.d.ts';
import { type Answer, created, issueOf, linkOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

/** The entries of a history as `METHOD Type/id status`. */
function entriesOf(answer: Answer): string[] {
  expect(answer.status).toBe(200);
  return (answer.json<Bundle>().entry ?? []).map(({ fullUrl, request, response }) =>
    [request!.method, fullUrl!.slice(http.base.length + 1), response!.status.slice(0, 3)].join(' '),
  );
}

async function allEntries(path: string): Promise<string[]> {
  const entries: string[] = [];
  let url: string | undefined = path;
  while (url !== undefined) {
    const page: Answer = await http.get(url);
    entries.push(...entriesOf(page));
    url = linkOf(page, 'next');
  }
  return entries;
}

async function instantOf(path: string): Promise<string> {
  return encodeURIComponent((await http.get(path)).json<Patient>().meta!.lastUpdated!);
}

/** Instants have milliseconds: what follows gets a later one. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

let patient: string;
let group: string;

beforeAll(async () => {
  patient = await created(http, { resourceType: 'Patient' });
  await pause();
  group = await created(http, { resourceType: 'Basic', code: { text: 'x' } } as never);
  await pause();
  await http.put(`Patient/${patient}`, { resourceType: 'Patient', id: patient, active: true });
  await pause();
  await http.delete(`Patient/${patient}`);
});

describe('history of a type and of the system (http.html#history)', () => {
  test('the history of a type holds its resources alone, newest first, a deletion without resource', async () => {
    const answer = await http.get('Patient/_history');
    expect(entriesOf(answer)).toEqual([
      `DELETE Patient/${patient} 204`,
      `PUT Patient/${patient} 200`,
      `POST Patient/${patient} 201`,
    ]);
    const bundle = answer.json<Bundle<Patient>>();
    expect(bundle.type).toBe('history');
    expect(bundle.entry!.map(({ resource }) => resource?.active)).toEqual([undefined, true, undefined]);
    expect(bundle.entry![0]!.resource).toBeUndefined();
    expect(linkOf(answer, 'self')).toBe(`${http.base}/Patient/_history`);
  });

  test('the history of the system holds all types', async () => {
    expect(entriesOf(await http.get('_history'))).toEqual([
      `DELETE Patient/${patient} 204`,
      `PUT Patient/${patient} 200`,
      `POST Basic/${group} 201`,
      `POST Patient/${patient} 201`,
    ]);
  });

  test.each(['_history', 'Patient/_history'])('%s by pages of one is the whole', async (path) => {
    expect(await allEntries(`${path}?_count=1`)).toEqual(entriesOf(await http.get(path)));
  });

  test.each(['_history', 'Patient/_history'])(
    '%s tells its total on a page that is the whole, and with _count=0 alone',
    async (path) => {
      const whole = (await http.get(path)).json<Bundle>();
      expect(whole.total).toBe(whole.entry!.length);
      const none = (await http.get(`${path}?_count=0`)).json<Bundle>();
      expect([none.total, none.entry, none.link?.length]).toEqual([whole.total, undefined, 1]);
      expect((await http.get(`${path}?_count=1`)).json<Bundle>()).not.toHaveProperty('total');
      expect((await http.get(`${path}?_count=0&_since=2999`)).json<Bundle>().total).toBe(0);
    },
  );

  test('_since leaves out what was made before that instant', async () => {
    const since = await instantOf(`Patient/${patient}/_history/2`);
    expect(entriesOf(await http.get(`_history?_since=${since}`))).toHaveLength(2);
    expect(entriesOf(await http.get('Patient/_history?_since=2999'))).toEqual([]);
    expect(await allEntries(`_history?_count=1&_since=${since}`)).toHaveLength(2);
  });

  test('_at finds the versions that were current at that time', async () => {
    const at = await instantOf(`Basic/${group}`);
    const current = [`POST Basic/${group} 201`, `POST Patient/${patient} 201`];
    expect(entriesOf(await http.get(`_history?_at=${at}`))).toEqual(current);
    expect(entriesOf(await http.get(`Patient/${patient}/_history?_at=${at}`))).toEqual(current.slice(1));
    expect(entriesOf(await http.get('_history?_at=1999'))).toEqual([]);
    expect(entriesOf(await http.get(`Patient/_history?_at=${new Date().getUTCFullYear()}`))).toHaveLength(3);
  });

  test.each(['_history', 'Patient/_history'])('%s refuses malformed parameters', async (path) => {
    for (const query of ['_count=x', '_since=yesterday', '_at=2020-13']) {
      const answer = await http.get(`${path}?${query}`);
      expect(answer.status).toBe(400);
      expect(issueOf(answer).code).toBe('value');
    }
  });

  test.each(['_history', 'Patient/_history', 'Patient/:id/_history'])(
    '%s can start with the oldest',
    async (path) => {
      const address = path.replace(':id', patient);
      const newest = entriesOf(await http.get(`${address}?_sort=-_lastUpdated`));
      expect(newest).toEqual(entriesOf(await http.get(address)));
      for (const count of [1, 2, 10]) {
        expect(await allEntries(`${address}?_sort=_lastUpdated&_count=${count}`)).toEqual(
          [...newest].reverse(),
        );
      }
      expect((await http.get(`${address}?_sort=_id`)).status).toBe(400);
    },
  );

  test('a page link belongs to its address', async () => {
    const next = linkOf(await http.get('Patient/_history?_count=1'), 'next')!;
    expect((await http.get(next.replace('/Patient/', '/Basic/'))).status).toBe(400);
    expect((await http.get(next.replace('/Patient/', '/'))).status).toBe(400);
  });

  test('an unknown type is 404, another method 405', async () => {
    expect((await http.get('Nothing/_history')).status).toBe(404);
    expect((await http.delete('_history')).status).toBe(405);
    expect((await http.delete('Patient/_history')).status).toBe(405);
  });

  test('an unknown parameter is ignored, and with handling=strict refused', async () => {
    const known = '_count=1&_since=2000-01-01&_sort=-_lastUpdated&_summary=false&_pretty=false';
    for (const path of ['_history', 'Patient/_history', `Patient/${patient}/_history`]) {
      const strict = { Prefer: 'handling=strict' };
      expect((await http.get(`${path}?nothing=1`)).status).toBe(200);
      const refused = await http.get(`${path}?nothing=1`, strict);
      expect([refused.status, issueOf(refused).expression]).toEqual([400, ['nothing']]);
      const page = await http.get(`${path}?${known}`, strict);
      expect((await http.get(linkOf(page, 'next')!, strict)).status).toBe(200);
    }
  });

  test('runs inside a batch', async () => {
    const entry = [{ request: { method: 'GET', url: 'Patient/_history?_count=2' } }];
    const answer = await http.post('', { resourceType: 'Bundle', type: 'batch', entry });
    const inner = answer.json<Bundle>().entry![0]!.resource as Bundle;
    expect([inner.type, inner.entry!.length]).toEqual(['history', 2]);
  });

  test('is told by the capability statement', async () => {
    const [rest] = (await http.get('metadata')).json<CapabilityStatement>().rest!;
    expect(rest!.interaction!.map(({ code }) => code)).toContain('history-system');
    expect(rest!.resource![0]!.interaction!.map(({ code }) => code)).toContain('history-type');
  });
});
