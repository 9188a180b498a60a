import type { SearchParameter } from 'fhir/r4.d.ts';
import { FhirError } from '../../src/fhir/error.ts';
import { SearchParameterRegistry } from '../../src/search-parameters/registry.ts';
import type { IndexedParameter, Indexing } from '../../src/store/indexing.ts';
import { baseUrls, definitions, extract, parameters } from '../support/search.ts';
import { searchParameter } from '../support/search-parameters.ts';

/** A registry over a database that has these parameters, and what it tells of those that it skips. */
function registryOf(...indexed: IndexedParameter[]) {
  const skipped: [string, string][] = [];
  const state = { generation: 3, parameters: indexed };
  const unused = () => Promise.reject(new Error('not part of this test'));
  const indexing: Indexing = {
    parameters: () => state,
    replaceParameters: unused,
    reindex: unused,
    attach: () => undefined,
  };
  const registry = new SearchParameterRegistry({
    definitions,
    baseUrls,
    builtIn: parameters,
    builtInDefinitions: definitions.searchParameters,
    extract,
    indexing,
    onSkipped: (url, reason) => skipped.push([url, reason]),
  });
  return { registry, skipped, state };
}

function indexed(resource: SearchParameter, complete = true): IndexedParameter {
  const { registry } = registryOf();
  const standing = registry.judge(resource);
  if (standing.kind !== 'added') throw new Error('without effect');
  return { definition: standing.compiled.definition, signature: standing.compiled.signature, complete };
}

function refusalOf(resource: SearchParameter): FhirError['issues'][number] | undefined {
  try {
    registryOf().registry.judge(resource);
    return undefined;
  } catch (error) {
    if (error instanceof FhirError) return error.issues[0];
    throw error;
  }
}

test('every SearchParameter of R4 as it is published is one that the server has', () => {
  const { registry } = registryOf();
  for (const { components, ...definition } of definitions.searchParameters) {
    const resource = {
      ...searchParameter({ code: definition.code }),
      expression: undefined,
      ...definition,
      ...(components && { component: components }),
    } as unknown as SearchParameter;
    expect([definition.url, registry.judge(resource)]).toEqual([definition.url, { kind: 'kept' }]);
  }
});

const french = 'https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition';
const frCore = 'https://hl7.fr/ig/fhir/core/StructureDefinition';

test.each<Partial<SearchParameter> & { code: string }>([
  {
    code: 'data-information-system',
    base: ['Organization', 'Practitioner', 'PractitionerRole', 'Device', 'HealthcareService'],
    expression: `extension.where(url='${french}/as-ext-data-trace').extension.where(url='systeme-information').value`,
  },
  {
    code: 'address-insee',
    base: ['Organization'],
    type: 'string',
    expression: `address.extension.where(url='${frCore}/fr-core-address-insee-code').value`,
  },
  {
    code: 'mailbox-mss-type',
    base: ['Organization', 'Practitioner'],
    expression: `telecom.extension.where(url='${french}/as-ext-mailbox-mss-metadata').extension.where(url='type').value`,
  },
  { code: 'mailbox-mss', base: ['Practitioner'], expression: 'telecom.value' },
  {
    code: 'period',
    base: ['Organization'],
    type: 'date',
    expression:
      "address.extension.where(url='http://hl7.org/fhir/StructureDefinition/organization-period').value",
  },
  { code: 'qualification-code', base: ['Practitioner'], expression: 'qualification.code' },
  { code: 'period-start', base: ['AuditEvent'], type: 'date', expression: 'AuditEvent.period.start' },
  {
    code: 'source-patient',
    base: ['List'],
    type: 'reference',
    target: ['Patient'],
    expression: '(List.source as Reference).where(resolve() is Patient)',
  },
])('$code, of a French implementation guide or in its manner, can be taken', (changes) => {
  expect(refusalOf(searchParameter(changes))).toBeUndefined();
});

describe('composites', () => {
  const definition = (code: string) =>
    definitions.searchParameters.find(
      (each) => each.code === code && each.base.includes('Observation') && each.components === undefined,
    )!.url;
  const composite = (...components: [string, string][]) =>
    searchParameter({
      code: 'pair',
      base: ['Observation'],
      type: 'composite',
      expression: 'Observation',
      component: components.map(([code, expression]) => ({ definition: definition(code), expression })),
    });

  test('a token and another value', () => {
    expect(refusalOf(composite(['code', 'code'], ['date', 'effective']))).toBeUndefined();
  });

  test.each([
    ['one component', composite(['code', 'code'])],
    [
      'another value and a token, whose places cannot be told',
      composite(['date', 'effective'], ['code', 'code']),
    ],
    ['an element that is not there', composite(['code', 'code'], ['date', 'effectif'])],
  ])('refused: %s', (_, resource) => {
    expect(refusalOf(resource)).toMatchObject({
      code: 'not-supported',
      expression: 'SearchParameter.component',
    });
  });
});

describe('the parameters that can be searched by', () => {
  const whole = indexed(searchParameter({ code: 'whole' }));
  const partial = indexed(searchParameter({ code: 'partial', expression: 'Patient.gender' }), false);

  test('are those of R4 and the complete ones, in the order of the codes', () => {
    const table = registryOf(whole, partial).registry.parameters;
    const codes = table.list('Patient').map(({ code }) => code);
    expect(codes).toEqual([...parameters.list('Patient').map(({ code }) => code), 'whole'].sort());
    expect(table.get('Patient', 'whole')?.url).toBe('http://x.test/SearchParameter/whole');
    expect(table.get('Patient', 'gender')).toBe(parameters.get('Patient', 'gender'));
    expect(table.get('Group', 'whole')).toBeUndefined();
    expect(table.list('Group')).toBe(parameters.list('Group'));
  });

  test('one that is not complete takes values, and is refused with how far it is', () => {
    const { registry } = registryOf(partial);
    const values = registry.extractResource({ resourceType: 'Patient', gender: 'female' });
    expect(values.generation).toBe(3);
    expect(values.token.filter(({ parameter }) => parameter === 'partial')).toMatchObject([
      { code: 'female' },
    ]);
    registry.showProgress({ done: 1, total: 3 });
    const get = () => registry.parameters.get('Patient', 'partial');
    expect(get).toThrow(FhirError);
    expect(get).toThrow('33 % is done');
  });

  test('a base of all types', () => {
    const { registry } = registryOf(
      indexed(
        searchParameter({
          code: 'tongue',
          base: ['Resource'],
          type: 'token',
          expression: 'Resource.language',
        }),
      ),
    );
    for (const type of ['Patient', 'Bundle', 'Binary']) {
      expect(registry.parameters.get(type, 'tongue')?.family).toBe('token');
    }
    const values = registry.extractResource({
      resourceType: 'Binary',
      contentType: 'text/plain',
      language: 'fr',
    });
    expect(values.token.filter(({ parameter }) => parameter === 'tongue')).toMatchObject([{ code: 'fr' }]);
  });

  test('the revision is another one when they are, and only then', () => {
    const { registry, state } = registryOf(partial);
    const { revision } = registry.parameters;
    registry.refresh();
    state.generation = 4;
    state.parameters = [partial, indexed(searchParameter({ code: 'other' }), false)];
    registry.refresh();
    expect(registry.extractResource({ resourceType: 'Patient' }).generation).toBe(4);
    expect(registry.parameters.revision).toBe(revision);
    state.parameters = [{ ...partial, complete: true }];
    registry.refresh();
    expect(registry.parameters.revision).not.toBe(revision);
  });

  test('one that this program cannot take is skipped and told once', () => {
    const wrong = { ...whole, definition: { ...whole.definition, expression: 'Patient.nome' } };
    const { registry, skipped } = registryOf(wrong, partial);
    registry.refresh();
    expect(skipped).toEqual([[whole.definition.url, expect.stringContaining('No element nome')]]);
    expect(registry.parameters.get('Patient', 'whole')).toBeUndefined();
  });
});

test('a parameter of the database whose code is built in by now leaves that alone', () => {
  const clashing = indexed(searchParameter({ code: 'later' }));
  const { registry } = registryOf({ ...clashing, definition: { ...clashing.definition, code: 'gender' } });
  const patient = { resourceType: 'Patient', gender: 'male', maritalStatus: { coding: [{ code: 'M' }] } };
  expect(registry.extractResource(patient)).toEqual({ ...extract(patient), generation: 3 });
  expect(registry.parameters.get('Patient', 'gender')).toBe(parameters.get('Patient', 'gender'));
});

test('of resources with one url or code the first is taken, those of packages before the others', () => {
  const { registry, skipped } = registryOf();
  const first = searchParameter({ code: 'same', expression: 'Patient.gender' });
  const second = searchParameter({ code: 'same', url: 'http://x.test/SearchParameter/second' });
  const chosen = registry.select([first], [second, searchParameter({ code: 'own' })]);
  expect(chosen.map(({ definition }) => definition.url)).toEqual([
    'http://x.test/SearchParameter/same',
    'http://x.test/SearchParameter/own',
  ]);
  expect(skipped.map(([url]) => url)).toEqual(['http://x.test/SearchParameter/second']);
});
