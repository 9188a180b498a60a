import type { Bundle, Patient } from 'fhir/r4.d.ts';
import { type Answer, created, issueOf, linkOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();
const patient: Patient = { resourceType: 'Patient' };

/** A patient of this many versions, the value of each its number. */
async function versioned(count: number): Promise<string> {
  const id = await created(http, { ...patient, multipleBirthInteger: 1 } as Patient);
  for (let version = 2; version <= count; version++) {
    await http.put(`Patient/${id}`, { ...patient, id, multipleBirthInteger: version });
  }
  return id;
}

function versionsOf(answer: Answer): number[] {
  return (answer.json<Bundle>().entry ?? []).map(({ response }) => Number(/\d+/.exec(response!.etag!)![0]));
}

describe('history (http.html#history)', () => {
  test('is a Bundle of type history, newest version first, with its total', async () => {
    const id = await versioned(3);
    const answer = await http.get(`Patient/${id}/_history`);
    const bundle = answer.json<Bundle<Patient>>();
    expect(answer.status).toBe(200);
    expect([bundle.resourceType, bundle.type, bundle.total]).toEqual(['Bundle', 'history', 3]);
    expect(bundle.entry!.map(({ resource }) => resource!.multipleBirthInteger)).toEqual([3, 2, 1]);
    expect(linkOf(answer, 'self')).toBe(`${http.base}/Patient/${id}/_history`);
  });

  test('says of each entry which request made it and how that was answered', async () => {
    const id = await versioned(2);
    await http.delete(`Patient/${id}`);
    const { entry } = (await http.get(`Patient/${id}/_history`)).json<Bundle>();
    const summary = entry!.map(({ fullUrl, request, response, resource }) => [
      fullUrl,
      request!.method,
      request!.url,
      response!.status.slice(0, 3),
      resource === undefined,
    ]);
    const fullUrl = `${http.base}/Patient/${id}`;
    expect(summary).toEqual([
      [fullUrl, 'DELETE', `Patient/${id}`, '204', true],
      [fullUrl, 'PUT', `Patient/${id}`, '200', false],
      [fullUrl, 'POST', 'Patient', '201', false],
    ]);
  });

  test('says that an update as create, and one that brings back a deleted resource, created', async () => {
    await http.put('Patient/upserted', { ...patient, id: 'upserted' });
    await http.delete('Patient/upserted');
    await http.put('Patient/upserted', { ...patient, id: 'upserted' });
    const { entry } = (await http.get('Patient/upserted/_history')).json<Bundle>();
    expect(entry!.map(({ response }) => response!.status.slice(0, 3))).toEqual(['201', '204', '201']);
  });

  test('holds the versions byte for byte', async () => {
    const id = await versioned(2);
    const history = await http.get(`Patient/${id}/_history`);
    for (const version of [1, 2]) {
      expect(history.text).toContain((await http.get(`Patient/${id}/_history/${version}`)).text);
    }
  });

  test('can be paged through by its links, each version once', async () => {
    const id = await versioned(7);
    const seen: number[] = [];
    let url: string | undefined = `Patient/${id}/_history?_count=3`;
    let pages = 0;
    while (url !== undefined) {
      const page: Answer = await http.get(url);
      expect(page.status).toBe(200);
      seen.push(...versionsOf(page));
      url = linkOf(page, 'next');
      pages++;
    }
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(pages).toBe(3);
  });

  test('has pages that do not shift when versions are added meanwhile', async () => {
    const id = await versioned(4);
    const first = await http.get(`Patient/${id}/_history?_count=2`);
    await http.put(`Patient/${id}`, { ...patient, id });
    await http.delete(`Patient/${id}`);
    const second = await http.get(linkOf(first, 'next')!);
    expect([versionsOf(first), versionsOf(second)]).toEqual([
      [4, 3],
      [2, 1],
    ]);
  });

  test('of _count=0 tells the number of versions alone', async () => {
    const id = await versioned(3);
    const bundle = (await http.get(`Patient/${id}/_history?_count=0`)).json<Bundle>();
    expect([bundle.type, bundle.total, bundle.entry]).toEqual(['history', 3, undefined]);
    expect(bundle.link!.map(({ relation }) => relation)).toEqual(['self']);
    for (const path of ['Patient/_history', '_history']) {
      expect((await http.get(`${path}?_count=0`)).json<Bundle>().entry).toBeUndefined();
    }
  });

  test('holds only the versions made at or after _since', async () => {
    const id = await versioned(3);
    const second = (await http.get(`Patient/${id}/_history/2`)).json<Patient>();
    const since = encodeURIComponent(second.meta!.lastUpdated!);
    expect(versionsOf(await http.get(`Patient/${id}/_history?_since=${since}`))).toEqual([3, 2]);
    expect(versionsOf(await http.get(`Patient/${id}/_history?_since=2999-01-01T00:00:00Z`))).toEqual([]);
    expect(versionsOf(await http.get(`Patient/${id}/_history?_since=2000`))).toEqual([3, 2, 1]);
  });

  test('keeps _since over its pages', async () => {
    const id = await versioned(4);
    const second = (await http.get(`Patient/${id}/_history/2`)).json<Patient>();
    const since = encodeURIComponent(second.meta!.lastUpdated!);
    const first = await http.get(`Patient/${id}/_history?_count=2&_since=${since}`);
    const last = await http.get(linkOf(first, 'next')!);
    expect([versionsOf(first), versionsOf(last)]).toEqual([[4, 3], [2]]);
    expect(linkOf(last, 'next')).toBeUndefined();
  });

  test('answers 400 to a malformed _count or _since', async () => {
    const id = await versioned(1);
    for (const query of ['_count=x', '_count=-1', '_since=yesterday', '_since=2020-13-01']) {
      const answer = await http.get(`Patient/${id}/_history?${query}`);
      expect(answer.status).toBe(400);
      issueOf(answer);
    }
  });

  test('answers 404 for an id that was never used, and the history of a deleted resource', async () => {
    expect((await http.get('Patient/never-used/_history')).status).toBe(404);
    const id = await versioned(1);
    await http.delete(`Patient/${id}`);
    expect(versionsOf(await http.get(`Patient/${id}/_history`))).toEqual([2, 1]);
  });

  test('refuses the page link of another resource', async () => {
    const [one, two] = [await versioned(3), await versioned(3)];
    const next = linkOf(await http.get(`Patient/${one}/_history?_count=1`), 'next')!;
    expect((await http.get(next.replace(one, two))).status).toBe(400);
  });
});
