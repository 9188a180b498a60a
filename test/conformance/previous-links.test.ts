import { type Answer, created, linkOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

beforeAll(async () => {
  for (let n = 0; n < 30; n++) await created(http, { resourceType: 'Patient' });
});

async function pagesOf(path: string): Promise<Answer[]> {
  const pages: Answer[] = [];
  let url: string | undefined = path;
  while (url !== undefined) {
    const page: Answer = await http.get(url);
    expect(page.status).toBe(200);
    pages.push(page);
    url = linkOf(page, 'next');
  }
  return pages;
}

describe('links to the page before (http.html#paging)', () => {
  test.each(['Patient?_count=8', 'Patient?_count=8&_sort=-_lastUpdated', '?_type=Patient,Group&_count=8'])(
    '%s can be gone through backwards',
    async (search) => {
      const pages = await pagesOf(search);
      expect(pages).toHaveLength(4);
      expect(linkOf(pages[0]!, 'previous')).toBeUndefined();
      let page = pages[3]!;
      for (const expected of [2, 1, 0]) {
        page = await http.get(linkOf(page, 'previous')!);
        expect(matchIds(page)).toEqual(matchIds(pages[expected]!));
      }
      expect(linkOf(page, 'previous')).toBeUndefined();
      expect(matchIds(await http.get(linkOf(page, 'next')!))).toEqual(matchIds(pages[1]!));
      expect(matchIds(await http.get(linkOf(pages[3]!, 'first')!))).toEqual(matchIds(pages[0]!));
    },
  );

  test('a history can be gone through backwards', async () => {
    const pages = await pagesOf('Patient/_history?_count=12');
    const ids = (page: Answer) =>
      page.json<{ entry: { fullUrl: string }[] }>().entry.map(({ fullUrl }) => fullUrl);
    expect(pages).toHaveLength(3);
    const second = await http.get(linkOf(pages[2]!, 'previous')!);
    expect(ids(second)).toEqual(ids(pages[1]!));
    expect(ids(await http.get(linkOf(second, 'previous')!))).toEqual(ids(pages[0]!));
  });

  test('links do not grow without end: going back ends after many pages, the first one stays in reach', async () => {
    const pages = await pagesOf('Patient?_count=1');
    expect(pages).toHaveLength(30);
    let page = pages[29]!;
    let steps = 0;
    for (let url = linkOf(page, 'previous'); url !== undefined; url = linkOf(page, 'previous')) {
      page = await http.get(url);
      steps += 1;
      expect(matchIds(page)).toEqual(matchIds(pages[29 - steps]!));
    }
    expect(steps).toBe(24);
    expect(matchIds(await http.get(linkOf(page, 'first')!))).toEqual(matchIds(pages[0]!));
  });

  test('pages before do not shift under writes', async () => {
    const first = await http.get('Patient?_count=8');
    const next = await http.get(linkOf(first, 'next')!);
    await created(http, { resourceType: 'Patient' });
    expect(matchIds(await http.get(linkOf(next, 'previous')!))).toEqual(matchIds(first));
  });
});
