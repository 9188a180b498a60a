import { resourceTypes } from '../../src/fhir/definitions/load.ts';
import type { SearchParameterDefinition } from '../../src/fhir/definitions/model.ts';
import { createExtractor } from '../../src/search/extract.ts';
import { createSearchParameters } from '../../src/search/parameters.ts';
import { baseUrls, definitions, extract, parameters } from '../support/search.ts';

function custom(changes: Partial<SearchParameterDefinition>): SearchParameterDefinition {
  return {
    url: 'http://x.test/SearchParameter/custom',
    code: 'custom',
    type: 'token',
    base: ['Patient'],
    expression: 'Patient.maritalStatus',
    ...changes,
  };
}

function extractorOf(...additional: SearchParameterDefinition[]) {
  const table = createSearchParameters(definitions, additional);
  return createExtractor({ definitions, parameters: table, baseUrls });
}

test('a type has its own parameters and those of its base types, in the order of the codes', () => {
  const codes = parameters.list('Patient').map(({ code }) => code);
  expect(codes).toEqual([...codes].sort());
  expect(codes).toEqual(
    expect.arrayContaining(['_id', '_lastUpdated', '_tag', '_profile', '_security', '_source']),
  );
  expect(codes).toEqual(expect.arrayContaining(['_text', 'family', 'identifier', 'general-practitioner']));
  expect(parameters.get('Bundle', '_text')).toBeUndefined();
  expect(parameters.get('Bundle', '_id')?.family).toBe('id');
  expect(parameters.list('Nothing')).toEqual([]);
  expect(parameters.get('Nothing', '_id')).toBeUndefined();
});

test('families, and none where nothing is indexed', () => {
  const families = (type: string, codes: string[]) => codes.map((code) => parameters.get(type, code)?.family);
  expect(
    families('Observation', [
      'code',
      'value-quantity',
      'date',
      'subject',
      'value-string',
      'code-value-quantity',
    ]),
  ).toEqual(['token', 'quantity', 'date', 'reference', 'string', undefined]);
  expect(families('ValueSet', ['url', '_lastUpdated', '_id', '_text', '_content', '_query'])).toEqual([
    'uri',
    'lastUpdated',
    'id',
    undefined,
    undefined,
    undefined,
  ]);
  expect(families('Location', ['near', 'name'])).toEqual([undefined, 'string']);
  expect(families('RiskAssessment', ['probability'])).toEqual(['number']);
});

test('a reference knows its target types; without a list it may point to any', () => {
  expect(parameters.get('Observation', 'patient')?.targets).toEqual(['Patient']);
  expect(parameters.get('Patient', 'name')?.targets).toEqual([]);
  const table = createSearchParameters(definitions, [
    custom({ type: 'reference', expression: 'Patient.generalPractitioner' }),
  ]);
  expect(table.get('Patient', 'custom')?.targets).toHaveLength(resourceTypes(definitions).size);
});

test('an additional definition wins over a standard one, a specific base over Resource, then the first URL', () => {
  const own = custom({
    code: 'family',
    type: 'string',
    expression: "Patient.name.where(use = 'official').family",
  });
  const general = custom({
    url: 'http://x.test/a',
    base: ['Resource'],
    expression: 'Resource.language',
  });
  const second = custom({ url: 'http://x.test/b' });
  const third = custom({ url: 'http://x.test/c' });
  for (const order of [
    [own, general, second, third],
    [third, second, general, own],
  ]) {
    const table = createSearchParameters(definitions, order);
    expect(table.get('Patient', 'family')?.url).toBe(own.url);
    expect(table.get('Patient', 'custom')?.url).toBe('http://x.test/b');
    expect(table.get('Observation', 'custom')?.url).toBe('http://x.test/a');
  }
});

test('a definition on a type that R4 does not have is refused', () => {
  expect(() => createSearchParameters(definitions, [custom({ base: ['Patiente'] })])).toThrow(
    'SearchParameter http://x.test/SearchParameter/custom has the unknown base Patiente',
  );
});

test('every standard parameter with an expression has an index, save the composite and special ones', () => {
  const without = new Set(
    definitions.searchParameters
      .filter(({ code, base, type }) => type !== 'composite' && !parameters.get(base[0] ?? '', code)?.family)
      .map(({ code }) => code),
  );
  // Of the abstract bases one instantiable type stands for all.
  expect(parameters.get('Patient', '_tag')?.family).toBe('token');
  expect([...without].filter((code) => !code.startsWith('_'))).toEqual(['near']);
});

describe('every standard parameter of every type compiles', () => {
  const indexed = [...resourceTypes(definitions)].flatMap((type) =>
    parameters
      .list(type)
      .flatMap(({ code, family, url }) => (family === undefined ? [] : [{ type, code, url }])),
  );

  test('there are as many as the definitions say', () => {
    expect(indexed.length).toBeGreaterThan(2_300);
    expect(new Set(indexed.map(({ type }) => type)).size).toBe(146);
  });

  test.each([...resourceTypes(definitions)])('%s', (type) => {
    expect(() => extract({ resourceType: type, id: 'x' })).not.toThrow();
    const own = indexed.filter((parameter) => parameter.type === type);
    expect(own.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['_id', '_lastUpdated', '_profile', '_tag']),
    );
  });
});

/** The index values of a patient by the standard parameters and a further one. */
function extractWith(parameter: Partial<SearchParameterDefinition>) {
  return extractorOf(custom(parameter))({ resourceType: 'Patient' });
}

test('an expression that cannot be compiled is refused by the name of its parameter', () => {
  expect(() => extractWith({ expression: 'Patient.maritalState' })).toThrow(
    /SearchParameter http:\/\/x\.test\/SearchParameter\/custom cannot be compiled for Patient: No element maritalState/,
  );
  expect(() => extractWith({ expression: 'Patient.name.select(given)' })).toThrow(
    /SearchParameter http:\/\/x\.test\/SearchParameter\/custom cannot be compiled.*select/,
  );
});

test('an expression that gives nothing to index is refused', () => {
  expect(() => extractWith({ type: 'date' })).toThrow(/custom selects no date value of Patient/);
  expect(() => extractWith({ expression: 'Observation.code' })).toThrow(/custom selects no token value/);
});

test('an additional parameter on an extension is extracted', () => {
  const status = custom({
    expression: "Patient.extension('http://x.test/identity').extension('status').value.ofType(Coding)",
  });
  const values = extractorOf(status)({
    resourceType: 'Patient',
    extension: [
      {
        url: 'http://x.test/identity',
        extension: [{ url: 'status', valueCoding: { system: 's', code: 'VALI' } }],
      },
    ],
  });
  expect(values.token).toContainEqual({
    parameter: 'custom',
    system: 's',
    code: 'VALI',
  });
});
