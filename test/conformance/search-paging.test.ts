import type { Bundle, Patient } from 'fhir/r4.d.ts';
import { type Answer, created, issueOf, linkOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

/** A family name that the tests of one case have to themselves. */
let cohort = 0;
const nextFamily = () => `Cohorte${String.fromCharCode(97 + cohort++)}`;

function patient(family: string, given: string, birthDate = '1980-01-01'): Patient {
  return { resourceType: 'Patient', name: [{ family, given: [given] }], birthDate };
}

async function createMany(family: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    const given = String(index).padStart(3, '0');
    ids.push(await created(http, patient(family, given, `19${String(50 + (index % 40))}-01-01`)));
  }
  return ids;
}

/** All matches of a search over its pages; `between` runs after each page. */
async function pageThrough(search: string, between?: (page: number) => Promise<void>): Promise<string[]> {
  const ids: string[] = [];
  let url: string | undefined = search;
  for (let page = 0; url !== undefined; page++) {
    const answer: Answer = await http.get(url);
    if (answer.status !== 200) throw new Error(answer.text);
    ids.push(...matchIds(answer));
    url = linkOf(answer, 'next');
    if (url !== undefined) await between?.(page);
    if (page > 100) throw new Error('the pages do not end');
  }
  return ids;
}

const orders = [
  '',
  '&_sort=given',
  '&_sort=-given',
  '&_sort=birthdate',
  '&_sort=-_lastUpdated',
  '&_sort=_id',
];

describe('paging (http.html#paging)', () => {
  test('gives every match once and ends without a next link', async () => {
    const family = nextFamily();
    const ids = await createMany(family, 23);
    for (const order of orders) {
      const seen = await pageThrough(`Patient?family=${family}&_count=5${order}`);
      expect([...seen].sort()).toEqual([...ids].sort());
    }
  });

  test('has no next link when the last page is full', async () => {
    const family = nextFamily();
    await createMany(family, 4);
    const first = await http.get(`Patient?family=${family}&_count=2`);
    const second = await http.get(linkOf(first, 'next')!);
    expect(matchIds(second)).toHaveLength(2);
    expect(linkOf(second, 'next')).toBeUndefined();
  });

  test('has a first link that leads back to the first page', async () => {
    const family = nextFamily();
    await createMany(family, 4);
    const first = await http.get(`Patient?family=${family}&_count=2`);
    const second = await http.get(linkOf(first, 'next')!);
    expect(matchIds(await http.get(linkOf(second, 'first')!))).toEqual(matchIds(first));
  });

  test('gives the same page for the same link, again and again', async () => {
    const family = nextFamily();
    await createMany(family, 6);
    const next = linkOf(await http.get(`Patient?family=${family}&_count=2`), 'next')!;
    const pages = await Promise.all([http.get(next), http.get(next), http.get(next)]);
    const ids = pages.map((page) => matchIds(page).join());
    expect(new Set(ids).size).toBe(1);
  });

  test.each(orders)(
    'never shows a resource twice nor misses one that was there throughout, while others come and go: %j',
    async (order) => {
      const family = nextFamily();
      const ids = await createMany(family, 24);
      const doomed = new Set(ids.filter((_, index) => index % 4 === 1));
      const victims = [...doomed];
      const seen = await pageThrough(`Patient?family=${family}&_count=3${order}`, async (page) => {
        await created(http, patient(family, `00${page}`, '1940-01-01'));
        await created(http, patient(family, `99${page}`, '1999-01-01'));
        const victim = victims.pop();
        if (victim !== undefined) await http.delete(`Patient/${victim}`);
      });
      expect(new Set(seen).size).toBe(seen.length);
      const missed = ids.filter((id) => !doomed.has(id) && !seen.includes(id));
      expect(missed).toEqual([]);
    },
  );

  test.each(['', '&_sort=given', '&_sort=_id'])(
    'never shows a resource twice nor misses one that is updated meanwhile without a change of its place: %j',
    async (order) => {
      const family = nextFamily();
      const ids = await createMany(family, 18);
      let turn = 0;
      const seen = await pageThrough(`Patient?family=${family}&_count=3${order}`, async () => {
        for (const id of [ids[turn]!, ids[17 - turn]!]) {
          const resource = (await http.get(`Patient/${id}`)).json<Patient>();
          const answer = await http.put(`Patient/${id}`, { ...resource, active: true });
          expect(answer.status).toBe(200);
        }
        turn++;
      });
      expect([...seen].sort()).toEqual([...ids].sort());
    },
  );

  test('keeps every other resource in its place when updates move some to the end of the order', async () => {
    const family = nextFamily();
    const ids = await createMany(family, 12);
    const seen = await pageThrough(`Patient?family=${family}&_count=3&_sort=_lastUpdated`, async (page) => {
      if (page > 2) return;
      await http.put(`Patient/${ids[page]}`, { ...patient(family, 'moved'), id: ids[page] });
    });
    const others = ids.slice(3);
    expect(seen.filter((id) => others.includes(id)).sort()).toEqual([...others].sort());
  });

  test('keeps _total, _include and handling over its pages', async () => {
    const family = nextFamily();
    await createMany(family, 3);
    const first = await http.get(`Patient?family=${family}&_count=1&_total=accurate&nothing=1`);
    const second = await http.get(linkOf(first, 'next')!, { Prefer: 'handling=strict' });
    expect([second.status, second.json<Bundle>().total]).toEqual([200, 3]);
  });
});

describe('page links (search.html#paging)', () => {
  async function nextLink(): Promise<URL> {
    const family = nextFamily();
    await createMany(family, 3);
    return new URL(linkOf(await http.get(`Patient?family=${family}&_count=1&birthdate=gt1900`), 'next')!);
  }

  test('hold no search value in clear', async () => {
    const next = await nextLink();
    const page = await http.get(next.href);
    for (const link of [next, ...['self', 'first', 'next'].map((name) => new URL(linkOf(page, name)!))]) {
      const [[name, token], ...more] = [...link.searchParams] as [[string, string]];
      expect(more).toEqual([]);
      expect(link.href.toLowerCase()).not.toMatch(/cohorte|birthdate|1900/);
      const decoded = Buffer.from(token, 'base64url').toString('latin1');
      expect(decoded.toLowerCase()).not.toMatch(/cohorte|birthdate|1900/);
      expect(name).toMatch(/^_/);
    }
  });

  test('are below the base of the server', async () => {
    expect((await nextLink()).href.startsWith(`${http.base}/Patient?`)).toBe(true);
  });

  test('that were altered are answered 400', async () => {
    const link = await nextLink();
    const [[name, token]] = [...link.searchParams] as [[string, string]];
    const flipped = [0, 5, Math.floor(token.length / 2), token.length - 3].map((position) => {
      const other = token[position] === 'A' ? 'B' : 'A';
      return token.slice(0, position) + other + token.slice(position + 1);
    });
    // A few bytes alone must not do for the whole of an authentication tag.
    const short = [4, 8, 12, 15, 16, 20].map((bytes) =>
      Buffer.from(token, 'base64url').subarray(0, bytes).toString('base64url'),
    );
    for (const altered of [
      ...short,
      '',
      'x',
      token.slice(0, -4),
      `${token}AAAA`,
      token.slice(4),
      ...flipped,
    ]) {
      const answer = await http.get(`Patient?${name}=${altered}`);
      expect([altered, answer.status]).toEqual([altered, 400]);
      issueOf(answer);
    }
  });

  test('are bound to the type that they were made for', async () => {
    const link = await nextLink();
    const answer = await http.get(`Practitioner${link.search}`);
    expect(answer.status).toBe(400);
  });
});
