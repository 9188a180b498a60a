import type { Patient } from 'fhir/r4.d.ts';
import { entriesOf, issueOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

function named(id: string, family: string, ...given: string[]): Patient {
  return { resourceType: 'Patient', id, name: [{ family, given }] };
}

const patients: Patient[] = [
  named('obrien', "O'Brien", 'Jean-Pierre'),
  named('obrien-typographic', 'O’Brien', 'Jean‑Pierre'),
  named('obrien-old', 'OBRIEN', 'JEAN PIERRE'),
  named('artagnan', "D'Artagnan de l'Hérault", 'Loïc'),
  named('artagnan-old', 'D ARTAGNAN DE L HERAULT', 'LOIC'),
  named('legall', 'Le  Gall', 'Anne-Maëlle'),
  named('legall-old', 'LEGALL', 'Annie'),
  {
    ...named('street', 'Roux', 'Paul'),
    address: [{ line: ['12, rue St. Roch (bât. B)'], city: 'Saint-Étienne' }],
  },
];

beforeAll(async () => {
  for (const patient of patients) expect((await http.put(`Patient/${patient.id}`, patient)).status).toBe(201);
});

async function found(name: string, value: string): Promise<string> {
  const answer = await http.get(`Patient?${name}=${encodeURIComponent(value)}`);
  expect(answer.status).toBe(200);
  return entriesOf(answer, 'match')
    .map(({ resource }) => resource!.id)
    .sort()
    .join(' ');
}

const brien = 'obrien obrien-old obrien-typographic';

describe('punctuation and white space do not count in strings (search.html#string)', () => {
  test.each([
    ['an apostrophe in both', 'family', "O'Brien", brien],
    ['none in the search', 'family', 'OBRIEN', brien],
    ['a typographic one in the search', 'family', 'o’brien', brien],
    ['a space in its place', 'family', 'O Brien', brien],
    ['the start up to the apostrophe', 'family', "o'", brien],
    ['a hyphen in the search', 'given', 'jean-pierre', brien],
    ['a space in its place', 'given', 'Jean Pierre', brien],
    ['double spaces', 'given', 'jean   pierre', brien],
    ['a hyphen that does not break', 'given', 'JEAN‑PIERRE', brien],
    ['half of a composed name', 'given', 'jean p', brien],
    ['elisions, accents and case at once', 'family', "d'artagnan de l'herault", 'artagnan artagnan-old'],
    [
      'elisions as registers of capitals write them',
      'family',
      'D ARTAGNAN DE L HERAULT',
      'artagnan artagnan-old',
    ],
    ['a particle apart or not', 'family', 'LE GALL', 'legall legall-old'],
    ['a particle apart or not, the other way', 'family', 'legall', 'legall legall-old'],
    ['the letters still do', 'given', 'anne', 'legall'],
    ['commas, full stops and parentheses', 'address', '12 RUE ST ROCH BAT B', 'street'],
    ['hyphens of places', 'address-city', 'saint etienne', 'street'],
    ['the middle with :contains', 'family:contains', 'artagnan de l’', 'artagnan artagnan-old'],
    ['the middle with :contains, over a hyphen', 'given:contains', 'n p', brien],
    ['punctuation alone, to nothing', 'family', '-', ''],
    ['punctuation alone with :contains, to nothing', 'family:contains', "'", ''],
  ])('%s: %s=%s', async (_rule, name, value, ids) => {
    expect(await found(name, value)).toBe(ids);
  });

  test.each([
    ['an apostrophe', 'family:exact', "O'Brien", 'obrien'],
    ['a typographic apostrophe', 'family:exact', 'O’Brien', 'obrien-typographic'],
    ['no apostrophe', 'family:exact', 'OBRIEN', 'obrien-old'],
    ['white space', 'family:exact', 'Le  Gall', 'legall'],
    ['other white space', 'family:exact', 'Le Gall', ''],
  ])('they do with :exact: %s', async (_rule, name, value, ids) => {
    expect(await found(name, value)).toBe(ids);
  });

  test('_filter compares alike', async () => {
    expect(await found('_filter', 'family eq "o brien"')).toBe(brien);
    expect(await found('_filter', 'given co "n-p"')).toBe(brien);
  });

  test('white space alone is no value', async () => {
    const answer = await http.get('Patient?family=%20');
    expect([answer.status, issueOf(answer).code]).toEqual([400, 'value']);
  });
});
