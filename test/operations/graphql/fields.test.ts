import { graphqlUnderTest, type Refused } from '../../support/graphql.ts';

const { http, data, refused } = graphqlUnderTest();

describe('$graphql: fields (graphql.html#fields)', () => {
  const ask = (query: string, variables?: object) => data(query, 'Patient/peter/', variables);

  test('elements by name, primitive lists, extensions of primitives, aliases, resourceType and __typename', async () => {
    expect(
      await ask(
        '{ resourceType __typename born: birthDate _birthDate { extension { valueDateTime } } name { family given } }',
      ),
    ).toEqual({
      resourceType: 'Patient',
      __typename: 'Patient',
      born: '1974-12-25',
      _birthDate: { extension: [{ valueDateTime: '1974-12-25T14:35:45-05:00' }] },
      name: [
        { family: 'Chalmers', given: ['Peter', 'James'] },
        { given: ['Jim'] },
        { family: 'Windsor', given: ['Peter', 'James'] },
      ],
    });
  });

  test('decimals keep their digits', async () => {
    await http.put(
      'Observation/precise',
      '{"resourceType":"Observation","id":"precise","status":"final","code":{"text":"t"},"valueQuantity":{"value":1.10}}',
    );
    const answer = await http.get(
      `Observation/precise/$graphql?query=${encodeURIComponent('{ valueQuantity { value } }')}`,
    );
    expect(answer.text).toBe('{"data":{"valueQuantity":{"value":1.10}}}');
  });

  test('a value of a choice is named with its type', async () => {
    expect(await data('{ valueQuantity { value unit } valueString }', 'Observation/o1/')).toEqual({
      valueQuantity: { value: 1, unit: 'g' },
    });
  });

  test('arguments filter by the value of a property', async () => {
    expect(
      await ask(
        '{ name(use: official) { family } ext: extension(url: "urn:test:a") { value: valueString } }',
      ),
    ).toEqual({
      name: [{ family: 'Chalmers' }],
      ext: [{ value: 'some value' }],
    });
    expect(await ask('{ name(given: "Jim") { use } }')).toEqual({ name: [{ use: 'usual' }] });
    expect(await ask('{ name(use: old) { use } }')).toEqual({});
  });

  test('fhirpath filters', async () => {
    expect(await ask('{ name(fhirpath: "family.exists()") { use } }')).toEqual({
      name: [{ use: 'official' }, { use: 'maiden' }],
    });
    expect(await ask(`{ name(fhirpath: "use = 'usual'") { use } }`)).toEqual({ name: [{ use: 'usual' }] });
    expect(await ask('{ name(fhirpath: "given.count() > 1") { use } }')).toEqual({
      name: [{ use: 'official' }, { use: 'maiden' }],
    });
    const inPlace = `{ entry(fhirpath: "item.display.endsWith('11') and %resource.mode = 'working'") { item { display } } }`;
    expect(await data(inPlace, 'List/long/')).toEqual({ entry: [{ item: { display: 'item 11' } }] });
  });

  test.each([
    ['what is no FHIRPath', 'family.nothing(', 'not-supported'],
    ['an element that is not there', 'surname.exists()', 'not-supported'],
    [
      'too much work',
      `descendants()${'.select($this | %resource.descendants())'.repeat(8)}.exists()`,
      'too-costly',
    ],
  ])('%s is refused', async (_, expression, code) => {
    const query = `{ name(fhirpath: "${expression}") { use } }`;
    const { status, message, text } = await refused(query, 'Patient/peter/');
    expect([status, message]).toEqual([400, expect.stringContaining('FHIRPath')]);
    expect(text).toContain(`"code":"${code}"`);
  });

  test('_offset and _count choose a stretch of a list', async () => {
    expect(await data('{ entry(_offset: 5, _count: 2) { item { display } } }', 'List/long/')).toEqual({
      entry: [{ item: { display: 'item 5' } }, { item: { display: 'item 6' } }],
    });
    expect(await data('{ entry(_offset: 11) { item { display } } }', 'List/long/')).toEqual({
      entry: [{ item: { display: 'item 11' } }],
    });
    expect(await refused('{ entry(_count: -1) { item { display } } }', 'List/long/')).toMatchObject({
      status: 400,
    });
  });

  test('fragments, with type conditions, and fields that stand twice are one', async () => {
    expect(
      await ask(
        'query { ...Names name { given } ... on Observation { status } ... on DomainResource { id } } fragment Names on Patient { name(use: usual) { use } n: name { family } n: name { use } }'.replace(
          'name { given }',
          'names: name(use: usual) { given }',
        ),
      ),
    ).toEqual({
      name: [{ use: 'usual' }],
      n: [{ family: 'Chalmers', use: 'official' }, { use: 'usual' }, { family: 'Windsor', use: 'maiden' }],
      names: [{ given: ['Jim'] }],
      id: 'peter',
    });
  });

  test.each([
    ['{ nme { family } }', 'There is no field nme on Patient'],
    ['{ name { nothing } }', 'There is no field nothing on HumanName'],
    ['{ contact { name { nothing } } }', 'There is no field nothing on HumanName'],
    ['{ name }', 'needs a selection'],
    ['{ id { x } }', 'has no fields'],
    ['{ birthDate(x: 1) }', 'takes no argument x'],
    ['{ name(nothing: 1) { use } }', 'takes no argument nothing'],
    ['{ name(period: "2020") { use } }', 'takes no argument period'],
    ['{ name(use: $use) { use } }', 'declares no variable $use'],
    ['{ id @nothing }', 'The directives are'],
    ['{ id @skip }', '@skip takes the argument if'],
    ['{ ...None }', 'no fragment of this name'],
    ['{ ... on Nothing { id } }', 'There is no type Nothing'],
    ['{ ... on Observation { birthDate } }', 'There is no field birthDate on Observation'],
    ['{ id __schema { types { name } } }', 'by itself'],
    ['subscription { id }', 'no subscriptions'],
    ['{ _name { id } }', 'There is no field _name'],
    ['{ ValueSetConnection(_reference: x) { count } }', '_reference must be a search parameter'],
  ])('refuses %s, whatever the data', async (query, message) => {
    const answer = await refused(query, 'Patient/paul/');
    expect([answer.status, answer.message]).toEqual([400, expect.stringContaining(message)]);
    expect(answer.json<Refused>().errors[0]!.locations).toEqual([
      { line: 1, column: expect.any(Number) as number },
    ]);
  });

  test('refuses two fields of one name, which an alias would tell apart', async () => {
    expect((await refused('{ a: id a: birthDate }', 'Patient/peter/')).message).toContain('alias');
  });

  test('refuses what is too deep, too large, or goes round in circles', async () => {
    const deep = `{ ${'extension { '.repeat(30)} url ${'} '.repeat(30)} }`;
    const wide = `{ ${Array.from({ length: 1100 }, (_, index) => `a${index}: id`).join(' ')} }`;
    const round = '{ ...A } fragment A on Patient { id ...B } fragment B on Patient { id ...A }';
    const doubling = `{ ...F0 } ${Array.from({ length: 15 }, (_, index) => `fragment F${index} on Patient { ...F${index + 1} ...F${index + 1} }`).join(' ')} fragment F15 on Patient { id }`;
    const long = `{ ${'id '.repeat(6000)} }`;
    for (const query of [deep, wide, round, doubling, long]) {
      const answer = await refused(query, 'Patient/peter/');
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('too-costly')]);
    }
  });
});

describe('$graphql: flattening (graphql.html#flattening)', () => {
  const ask = (query: string) => data(query, 'Patient/peter/');

  test('@flatten puts the children in the place of the field, as lists', async () => {
    expect(
      await ask('{ identifier @flatten { system value } active name @flatten { text given family } }'),
    ).toEqual({
      system: ['urn:test:ipp'],
      value: ['12345'],
      active: true,
      given: ['Peter', 'James', 'Jim', 'Peter', 'James'],
      family: ['Chalmers', 'Windsor'],
    });
  });

  test('@first takes the first of each, @singleton makes no list', async () => {
    expect(await ask('{ name @flatten { given @first family } }')).toEqual({
      given: ['Peter', 'Jim', 'Peter'],
      family: ['Chalmers', 'Windsor'],
    });
    expect(
      await ask(
        '{ identifier @flatten { system @singleton value @singleton } name @flatten @first { given family @singleton } }',
      ),
    ).toEqual({ system: 'urn:test:ipp', value: '12345', given: ['Peter', 'James'], family: 'Chalmers' });
    expect((await refused('{ name @flatten { family @singleton } }', 'Patient/peter/')).message).toContain(
      'several',
    );
  });

  test('@slice makes a name of each value', async () => {
    expect(await ask('{ name @flatten @slice(path: "use") { given family @singleton } }')).toEqual({
      'given.official': ['Peter', 'James'],
      'family.official': 'Chalmers',
      'given.usual': ['Jim'],
      'given.maiden': ['Peter', 'James'],
      'family.maiden': 'Windsor',
    });
    expect(await ask('{ name @slice(path: "$index") { family } }')).toMatchObject({
      'name.0': [{ family: 'Chalmers' }],
      'name.2': [{ family: 'Windsor' }],
    });
  });

  test('collated values are of one type', async () => {
    const query = '{ name @flatten { v: use } identifier @flatten { v: value } }';
    expect((await refused(query, 'Patient/peter/')).message).toContain('types code and string');
  });
});
