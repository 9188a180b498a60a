import fc from 'fast-check';
import type { Location } from 'fhir/r4.d.ts';
import { issueOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';
import { finds } from '../support/search.ts';

const http = serverUnderTest();

function place(id: string, latitude: number, longitude: number): Location {
  return { resourceType: 'Location', id, position: { latitude, longitude } };
}

const places = [
  place('paris', 48.8566, 2.3522),
  place('lyon', 45.764, 4.8357),
  place('reunion', -20.8789, 55.4481),
  place('suva', -18.1416, 178.4419),
  place('taveuni', -16.8, -179.97),
  place('pole', 90, 0),
];

beforeAll(async () => {
  for (const one of places) expect((await http.put(`Location/${one.id}`, one)).status).toBe(201);
  await http.put('Location/nowhere', { resourceType: 'Location', id: 'nowhere' });
});

async function near(value: string): Promise<string> {
  const answer = await http.get(`Location?near=${encodeURIComponent(value)}`);
  expect(answer.status).toBe(200);
  return matchIds(answer).sort().join(' ');
}

describe('near (location.html#search)', () => {
  test.each([
    ['48.86|2.35|10|km', 'paris'],
    ['48.86|2.35|400|km', 'lyon paris'],
    ['48.86|2.35', 'paris'],
    ['-17|179|500|km', 'suva taveuni'],
    ['90|120|1|m', 'pole'],
    ['0|0|1|km', ''],
  ])('%s: %s', async (value, ids) => expect(await near(value)).toBe(ids));

  test('agrees with the law of cosines', async () => {
    const degrees = (limit: number) =>
      fc.integer({ min: -limit * 10, max: limit * 10 }).map((tenths) => tenths / 10);
    await fc.assert(
      fc.asyncProperty(
        degrees(90),
        degrees(180),
        fc.integer({ min: 1, max: 20_000 }),
        async (lat, long, km) => {
          const value = `${lat}|${long}|${km}|km`;
          const expected = places
            .filter((one) => finds(`Location?near=${value}`, one as never))
            .map(({ id }) => id);
          expect(await near(value)).toBe(expected.sort().join(' '));
        },
      ),
      { numRuns: 40 },
    );
  });

  test('a malformed place is refused', async () => {
    const answer = await http.get('Location?near=Paris');
    expect([answer.status, issueOf(answer).code]).toEqual([400, 'value']);
  });
});
