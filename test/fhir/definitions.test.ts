import type { ElementDefinition as PublishedElement, StructureDefinition, ValueSet } from 'fhir/r4.d.ts';
import { ValueSetExpander } from '../../src/fhir/definitions/expand-value-sets.ts';
import {
  childElements,
  elementAt,
  loadDefinitions,
  resourceTypes,
  typeDefinition,
} from '../../src/fhir/definitions/load.ts';
import type { ElementDefinition } from '../../src/fhir/definitions/model.ts';
import { DataElements, publishedElements } from '../../src/fhir/definitions/published-elements.ts';

const definitions = loadDefinitions();

function element(path: string): ElementDefinition {
  const found = elementAt(definitions, path);
  if (!found) throw new Error(`no element ${path}`);
  return found;
}

function names(path: string): string[] {
  const elements = path.includes('.')
    ? childElements(definitions, element(path))
    : (typeDefinition(definitions, path)?.elements ?? []);
  return elements.map(({ name }) => name);
}

describe('the compiled R4 definitions', () => {
  test('are read once', () => {
    expect(loadDefinitions()).toBe(definitions);
    expect(definitions.fhirVersion).toBe('4.0.1');
  });

  test('have the 146 resource types of R4, and no other', () => {
    const types = resourceTypes(definitions);
    expect(types.size).toBe(146);
    for (const type of [
      'Patient',
      'Bundle',
      'Parameters',
      'OperationOutcome',
      'VerificationResult',
      'Task',
    ]) {
      expect(types).toContain(type);
    }
    for (const type of [
      'Resource',
      'DomainResource',
      'MetadataResource',
      'SubscriptionStatus',
      'HumanName',
    ]) {
      expect(types).not.toContain(type);
    }
  });

  test('have the abstract types and the hierarchy', () => {
    expect(typeDefinition(definitions, 'Resource')).toMatchObject({
      kind: 'resource',
      abstract: true,
    });
    expect(typeDefinition(definitions, 'Element')).toMatchObject({
      kind: 'complex-type',
      abstract: true,
    });
    expect(typeDefinition(definitions, 'Patient')).toMatchObject({
      base: 'DomainResource',
      abstract: false,
    });
    expect(typeDefinition(definitions, 'Age')).toMatchObject({
      base: 'Quantity',
    });
    expect(typeDefinition(definitions, 'toString')).toBeUndefined();
  });

  test('have the elements of a type in the order of the specification, inherited ones included', () => {
    expect(names('Patient').slice(0, 12)).toEqual([
      'id',
      'meta',
      'implicitRules',
      'language',
      'text',
      'contained',
      'extension',
      'modifierExtension',
      'identifier',
      'active',
      'name',
      'telecom',
    ]);
    expect(names('Age')).toEqual(['id', 'extension', 'value', 'comparator', 'unit', 'system', 'code']);
    expect(names('date')).toEqual(['id', 'extension']);
    expect(names('Patient.contact')).toContain('relationship');
  });

  test('have the elements that R4 published, where the source adds or drops some', () => {
    expect(names('Meta')).toEqual([
      'id',
      'extension',
      'versionId',
      'lastUpdated',
      'source',
      'profile',
      'security',
      'tag',
    ]);
    expect(names('Binary')).not.toContain('url');
    expect(names('DeviceDefinition')).not.toContain('classification');
    expect(names('EvidenceVariable.characteristic').slice(3)).toEqual([
      'description',
      'definition',
      'usageContext',
      'exclude',
      'participantEffective',
      'timeFromStart',
      'groupMeasure',
    ]);
    expect(names('MedicinalProductPharmaceutical.routeOfAdministration.targetSpecies')).toContain(
      'withdrawalPeriod',
    );
    expect(element('EvidenceVariable.characteristic').min).toBe(1);
    expect(element('AuditEvent.agent.who').types[0]?.targets).not.toContain('Bot');
    expect(element('Bundle.entry.response.outcome').types).toEqual([{ code: 'Resource' }]);
  });

  test('have the cardinality of each element', () => {
    expect(element('Patient.name')).toMatchObject({
      min: 0,
      max: null,
      array: true,
    });
    expect(element('Observation.status')).toMatchObject({
      min: 1,
      max: 1,
      array: false,
      isModifier: true,
    });
    expect(element('Patient.contact.name')).toMatchObject({
      max: 1,
      array: false,
    });
  });

  test('name the FHIR type of ids and URLs', () => {
    expect(element('Patient.id').types).toEqual([{ code: 'id' }]);
    expect(element('HumanName.id').types).toEqual([{ code: 'string' }]);
    expect(element('Extension.url').types).toEqual([{ code: 'uri' }]);
  });

  test('have choices and reference targets', () => {
    expect(element('Patient.deceased')).toMatchObject({
      choice: true,
      types: [{ code: 'boolean' }, { code: 'dateTime' }],
    });
    expect(element('Patient.managingOrganization').types).toEqual([
      { code: 'Reference', targets: ['Organization'] },
    ]);
    expect(element('List.entry.item').types).toEqual([{ code: 'Reference' }]);
  });

  test('follow content references', () => {
    expect(element('Questionnaire.item.item').contentReference).toBe('Questionnaire.item');
    expect(names('Questionnaire.item.item.item')).toEqual(names('Questionnaire.item'));
    expect(elementAt(definitions, 'Patient.nothing.at.all')).toBeUndefined();
    expect(elementAt(definitions, 'Nothing')).toBeUndefined();
  });

  test('have the expansions of required bindings', () => {
    expect(element('Patient.gender').binding).toEqual({
      strength: 'required',
      valueSet: 'http://hl7.org/fhir/ValueSet/administrative-gender',
    });
    expect(definitions.valueSets['http://hl7.org/fhir/ValueSet/administrative-gender']).toEqual({
      systems: {
        'http://hl7.org/fhir/administrative-gender': ['female', 'male', 'other', 'unknown'],
      },
    });
    expect(definitions.valueSets['http://hl7.org/fhir/ValueSet/mimetypes']).toEqual({
      systems: { 'urn:ietf:bcp:13': null },
    });
  });

  test('have the lexical pattern of primitive types', () => {
    expect(typeDefinition(definitions, 'id')?.pattern).toBe('[A-Za-z0-9\\-\\.]{1,64}');
    expect(typeDefinition(definitions, 'HumanName')?.pattern).toBeUndefined();
  });

  test('have the standard search parameters', () => {
    const byUrl = new Map(definitions.searchParameters.map((parameter) => [parameter.url, parameter]));
    expect(byUrl.size).toBe(definitions.searchParameters.length);
    expect(byUrl.get('http://hl7.org/fhir/SearchParameter/clinical-patient')).toMatchObject({
      code: 'patient',
      type: 'reference',
      target: ['Patient'],
    });
    expect(byUrl.get('http://hl7.org/fhir/SearchParameter/individual-birthdate')).toMatchObject({
      code: 'birthdate',
      type: 'date',
      base: ['Patient', 'Person', 'RelatedPerson'],
    });
    expect(
      byUrl.get('http://hl7.org/fhir/SearchParameter/Observation-code-value-quantity')?.components,
    ).toHaveLength(2);
    for (const { base } of byUrl.values()) {
      for (const type of base) expect(typeDefinition(definitions, type)).toBeDefined();
    }
  });
});

describe('publishedElements', () => {
  const published = (path: string, more: Partial<PublishedElement> = {}): PublishedElement => ({
    path,
    min: 0,
    max: '1',
    base: { path, min: 0, max: '1' },
    type: [{ code: 'string' }],
    ...more,
  });
  const definition = (type: string, elements: PublishedElement[]): StructureDefinition => ({
    resourceType: 'StructureDefinition',
    url: `http://hl7.org/fhir/StructureDefinition/${type}`,
    name: type,
    status: 'active',
    kind: 'resource',
    abstract: false,
    type,
    snapshot: { element: elements },
  });
  const dataElements = (...elements: PublishedElement[]) =>
    new DataElements(elements.map((one) => definition(one.path, [one])));

  test('nests backbones, drops additions and restores what is missing at its place', () => {
    const backbone = { type: [{ code: 'BackboneElement' }], max: '*' };
    const source = definition('Thing', [
      published('Thing'),
      published('Thing.first', { type: [{ code: 'markdown' }] }),
      published('Thing.added'),
      published('Thing.part', backbone),
      published('Thing.part.inner'),
      published('Thing.addedPart', backbone),
      published('Thing.addedPart.inner'),
    ]);
    const elements = publishedElements(
      source,
      dataElements(published('Thing.first'), published('Thing.second'), published('Thing.part.inner')),
    );
    expect(elements.map(({ name }) => name)).toEqual(['first', 'second', 'part']);
    expect(elements[0]?.types).toEqual([{ code: 'string' }]);
    expect(elements[2]).toMatchObject({
      max: null,
      elements: [{ name: 'inner' }],
    });
  });
});

describe('ValueSetExpander', () => {
  const letters = {
    resourceType: 'CodeSystem',
    url: 'urn:letters',
    status: 'active',
    content: 'complete',
    concept: [{ code: 'a', concept: [{ code: 'b', concept: [{ code: 'c' }] }] }, { code: 'd' }],
  } as const;
  const valueSet = (url: string, compose: ValueSet['compose']): ValueSet => ({
    resourceType: 'ValueSet',
    status: 'active',
    url,
    ...(compose && { compose }),
  });
  const expand = (compose: ValueSet['compose'], ...others: ValueSet[]) =>
    new ValueSetExpander([
      structuredClone(letters),
      valueSet('urn:set', compose),
      ...others,
    ] as ValueSet[]).expand('urn:set')?.systems;

  test('takes a whole system with its hierarchy', () => {
    expect(expand({ include: [{ system: 'urn:letters' }] })).toEqual({
      'urn:letters': ['a', 'b', 'c', 'd'],
    });
  });

  test('takes listed concepts of any system, and joins includes', () => {
    expect(
      expand({
        include: [
          { system: 'urn:other', concept: [{ code: 'y' }] },
          { system: 'urn:other', concept: [{ code: 'x' }, { code: 'y' }] },
          { system: 'urn:letters', concept: [{ code: 'a' }] },
        ],
      }),
    ).toEqual({ 'urn:other': ['x', 'y'], 'urn:letters': ['a'] });
  });

  test('accepts whole what it cannot enumerate', () => {
    expect(expand({ include: [{ system: 'urn:unknown' }] })).toEqual({
      'urn:unknown': null,
    });
    const filter = [{ property: 'concept', op: 'is-a' as const, value: 'a' }];
    expect(expand({ include: [{ system: 'urn:letters', filter }] })).toEqual({
      'urn:letters': null,
    });
    expect(
      expand({
        include: [{ system: 'urn:unknown' }, { system: 'urn:unknown', concept: [{ code: 'x' }] }],
        exclude: [{ system: 'urn:unknown', concept: [{ code: 'x' }] }],
      }),
    ).toEqual({ 'urn:unknown': null });
  });

  test('takes away what is excluded', () => {
    expect(
      expand({
        include: [{ system: 'urn:letters' }],
        exclude: [{ system: 'urn:letters', concept: [{ code: 'b' }] }],
      }),
    ).toEqual({ 'urn:letters': ['a', 'c', 'd'] });
  });

  test('imports value sets and intersects within one include', () => {
    const first = valueSet('urn:first', {
      include: [{ system: 'urn:letters', concept: [{ code: 'a' }, { code: 'b' }] }],
    });
    const second = valueSet('urn:second', {
      include: [{ system: 'urn:letters', concept: [{ code: 'b' }, { code: 'd' }] }],
    });
    expect(expand({ include: [{ valueSet: ['urn:first|1.0'] }] }, first)).toEqual({
      'urn:letters': ['a', 'b'],
    });
    expect(expand({ include: [{ valueSet: ['urn:first', 'urn:second'] }] }, first, second)).toEqual({
      'urn:letters': ['b'],
    });
    expect(expand({ include: [{ system: 'urn:letters', valueSet: ['urn:second'] }] }, second)).toEqual({
      'urn:letters': ['b', 'd'],
    });
  });

  test('does not expand what is not at hand', () => {
    expect(expand(undefined)).toBeUndefined();
    expect(expand({ include: [{ valueSet: ['urn:missing'] }] })).toBeUndefined();
  });
});
