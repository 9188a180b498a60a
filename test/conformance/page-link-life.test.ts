import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle } from 'fhir/r4.d.ts';
import { pageLife, sealPage } from '../../src/interactions/page-link.ts';
import { created, type FhirHttp, fhirHttp, issueOf, linkOf, matchIds } from '../support/fhir-http.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const form = { 'Content-Type': 'application/x-www-form-urlencoded' };

let directory: string;
let server: TestServer;
let http: FhirHttp;

async function start() {
  server = await startTestServer({ DATA_DIR: directory });
  http = fhirHttp(server.origin);
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'passerelle-pages-'));
  await start();
});
afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

async function createLocations(name: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) ids.push(await created(http, { resourceType: 'Location', name } as never));
  return ids;
}

describe('a page link', () => {
  const aged = (path: string, age: number) => {
    const { pagingSecret } = server.running.core.spine;
    const token = sealPage(pagingSecret, { query: [] }, `default ${path}`, Date.now() - age);
    return http.get(`${path}?_cursor=${token}`);
  };

  test.each(['Location', 'Location/_history', '_history'])('of %s is valid for 24 hours', async (path) => {
    expect((await aged(path, pageLife - 60_000)).status).toBe(200);
    const late = await aged(path, pageLife + 60_000);
    expect([late.status, issueOf(late)]).toMatchObject([
      410,
      { diagnostics: expect.stringContaining('24 hours') },
    ]);
  });

  test('outlives a restart of the server', async () => {
    const ids = await createLocations('restart', 5);
    const first = await http.get('Location?name=restart&_count=3');
    const history = await http.get('Location/_history?_count=3');
    const links = [first, history].map((page) => new URL(linkOf(page, 'next')!));
    await server.running.close();
    await start();
    const [second, older] = await Promise.all(
      links.map(({ pathname, search }) => http.get(server.origin + pathname + search)),
    );
    expect(matchIds(second!)).toEqual(ids.slice(3));
    expect(older!.json<Bundle>().entry![0]!.resource).toMatchObject({ id: ids[1] });
  });
});

describe('a search by POST that is longer than a URL may be', () => {
  const long = `name=longue,${Array.from({ length: 900 }, (_, n) => `another-name-${n}`).join(',')}`;

  test('has links that can be followed, also after a restart', async () => {
    const ids = await createLocations('longue', 5);
    const first = await http.post('Location/_search', `${long}&_count=2`, form);
    const next = linkOf(first, 'next')!;
    expect(next.length).toBeLessThan(1_000);
    const second = await http.get(next);
    await server.running.close();
    const { pathname, search } = new URL(linkOf(second, 'next')!);
    await start();
    const third = await http.get(server.origin + pathname + search);
    expect([first, second, third].flatMap(matchIds)).toEqual(ids);
  });

  test('has links that are refused with 410 when the server keeps their page no longer', async () => {
    const { pagingSecret } = server.running.core.spine;
    const token = sealPage(pagingSecret, { query: [['_kept', 'gone']] }, 'default Location');
    const answer = await http.get(`Location?_cursor=${token}`);
    expect([answer.status, issueOf(answer).expression]).toEqual([410, ['_cursor']]);
  });
});

describe('pages while others write all the time', () => {
  test.each(['', '&_sort=name', '&_sort=_id'])('repeat and lose no resource: %j', async (order) => {
    const name = `concurrent${order.slice(7)}`;
    const ids = await createLocations(name, 30);
    let paging = true;
    const disturb = async (turn: number) => {
      for (let n = turn; paging; n += 3) {
        const id = ids[n % ids.length]!;
        const update = await http.put(`Location/${id}`, {
          resourceType: 'Location',
          id,
          name,
          description: `${n}`,
        });
        const other = await created(http, { resourceType: 'Location', name: `${name} other` } as never);
        const removal = await http.delete(`Location/${other}`);
        expect([update.status, removal.status]).toEqual([200, 204]);
      }
    };
    const writers = [0, 1, 2].map(disturb);
    const seen: string[] = [];
    let url: string | undefined = `Location?name:exact=${name}&_count=4${order}`;
    while (url !== undefined) {
      const page = await http.get(url);
      seen.push(...matchIds(page));
      url = linkOf(page, 'next');
    }
    paging = false;
    await Promise.all(writers);
    expect([...seen].sort()).toEqual([...ids].sort());
  });
});
