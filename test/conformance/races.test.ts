import type { Bundle, Patient } from 'fhir/r4.d.ts';
import { created, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

const identity = { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '181116322075106' };

const times = <T>(count: number, work: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => work(n)));

async function total(search: string): Promise<number | undefined> {
  return (await http.get(`${search}&_summary=count`)).json<Bundle>().total;
}

describe('requests that race', () => {
  test('200 conditional creates of one identity make one resource', async () => {
    const search = `identifier=${identity.system}|${identity.value}`;
    const patient = { resourceType: 'Patient', identifier: [identity], name: [{ family: 'Adrun' }] };
    const answers = await times(200, () => http.post('Patient', patient, { 'If-None-Exist': search }));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => ![200, 201, 412].includes(status))).toEqual([]);
    expect(await total(`Patient?${search}`)).toBe(1);
    expect((await http.get('Patient/_history')).json<Bundle>().entry).toHaveLength(1);
  });

  test('50 updates of one resource without If-Match make 50 versions, without a gap or a loss', async () => {
    const start: Patient = { resourceType: 'Patient', name: [{ family: 'start' }] };
    const id = await created(http, start);
    const answers = await times(50, (n) =>
      http.put(`Patient/${id}`, { resourceType: 'Patient', id, name: [{ family: `update ${n}` }] }),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
    const written = (answer: { json<T>(): T }) => answer.json<Patient>();
    const versions = answers.map((answer) => Number(written(answer).meta?.versionId)).sort((a, b) => a - b);
    expect(versions).toEqual(Array.from({ length: 50 }, (_, n) => n + 2));
    const history = (await http.get(`Patient/${id}/_history?_count=100`)).json<Bundle<Patient>>().entry ?? [];
    expect(history.map(({ resource }) => Number(resource?.meta?.versionId))).toEqual(
      Array.from({ length: 51 }, (_, n) => 51 - n),
    );
    const families = history.map(({ resource }) => resource?.name?.[0]?.family);
    expect(new Set(families).size).toBe(51);
    for (const answer of answers) {
      const { meta, name } = written(answer);
      const version = await http.get(`Patient/${id}/_history/${meta?.versionId}`);
      expect(version.json<Patient>().name).toEqual(name);
    }
  });
});
