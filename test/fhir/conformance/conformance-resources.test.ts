import type { CodeSystem, ValueSet } from 'fhir/r4.d.ts';
import { compareVersions, structureDefinitionsOfR4 } from '../../../src/fhir/canonical.ts';
import { conformance, profile, published } from './definitions.ts';

describe('the conformance resources of R4', () => {
  const files = ['profiles-types', 'profiles-resources', 'profiles-others', 'extension-definitions'];
  const definitions = files
    .flatMap(published)
    .filter(({ kind, fhirVersion }) => kind !== 'logical' && fhirVersion === '4.0.1');

  test('are all there, with the ids of their elements', () => {
    expect(definitions).toHaveLength(648);
    for (const { url } of definitions) {
      const found = conformance.structureDefinition(url);
      expect([url, found, conformance.problem(url)]).toEqual([url, expect.anything(), undefined]);
      expect(found!.definition.snapshot!.element.filter(({ id }) => id === undefined)).toEqual([]);
    }
  });

  test('are those of the specification, not of the vendor that publishes them', () => {
    const paths = (type: string) =>
      conformance
        .structureDefinition(structureDefinitionsOfR4 + type)!
        .definition.snapshot!.element.map(({ path }) => path);
    expect(paths('Meta')).not.toContain('Meta.project');
    expect(paths('ResearchStudy')).not.toContain('ResearchStudy.studyDesign');
    expect(paths('MeasureReport')).toContain('MeasureReport.group.population.subjectResults');
    const { element } = conformance.structureDefinition(`${structureDefinitionsOfR4}EvidenceVariable`)!
      .definition.snapshot!;
    expect(element.flatMap(({ constraint = [] }) => constraint.map(({ key }) => key))).not.toContain('evv-1');
    const outcome = conformance
      .structureDefinition(`${structureDefinitionsOfR4}Bundle`)!
      .definition.snapshot!.element.find(({ path }) => path === 'Bundle.entry.response.outcome');
    expect(outcome!.type).toEqual([{ code: 'Resource' }]);
    const status = conformance
      .structureDefinition(`${structureDefinitionsOfR4}DetectedIssue`)!
      .definition.snapshot!.element.find(({ path }) => path === 'DetectedIssue.status');
    expect(status!.binding!.valueSet).toBe('http://hl7.org/fhir/ValueSet/observation-status|4.0.1');
  });

  test('elements stand behind their parents', () => {
    for (const { url } of definitions) {
      const seen = new Set<string>();
      for (const { path } of conformance.structureDefinition(url)!.definition.snapshot!.element) {
        const parent = path.slice(0, path.lastIndexOf('.'));
        if (path.includes('.') && !seen.has(parent)) throw new Error(`${path} of ${url}`);
        seen.add(path);
      }
    }
  });

  test('value sets, code systems with hierarchy, displays and properties, and concept maps', () => {
    expect(conformance.valueSet('http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1')).toMatchObject({
      resourceType: 'ValueSet',
      compose: { include: [{ system: 'http://hl7.org/fhir/administrative-gender' }] },
    });
    const acts = conformance.codeSystem('http://terminology.hl7.org/CodeSystem/v3-ActCode')!;
    expect(acts.hierarchyMeaning).toBe('is-a');
    expect(JSON.stringify(acts)).toContain('"code":"AMB","display":"ambulatory"');
    expect(conformance.conceptMap('http://hl7.org/fhir/ConceptMap/cm-address-use-v3')!.group).toHaveLength(1);
    expect(conformance.codeSystem('http://hl7.org/fhir/ValueSet/administrative-gender')).toBeUndefined();
    for (const version of ['2.4', '2.6']) {
      const table = conformance.codeSystem(`http://terminology.hl7.org/CodeSystem/v2-0391|${version}`);
      expect(table).toMatchObject({ version, url: 'http://terminology.hl7.org/CodeSystem/v2-0391' });
    }
    expect(conformance.valueSet('http://hl7.org/fhir/ValueSet/detectedissue-status')).toBeUndefined();
  });
});

describe('canonicals', () => {
  const system = (version: string | undefined): CodeSystem => ({
    resourceType: 'CodeSystem',
    url: 'http://x.test/cs',
    status: 'active',
    content: 'complete',
    ...(version !== undefined && { version }),
  });

  test.each([
    ['1.0', '1.0.1'],
    ['1.9.0', '1.10.0'],
    ['2.0.0-ballot', '2.0.0'],
    ['2.0.0-ballot', '2.0.0-ballot2'],
    ['2018-08-12', '2019-01-01'],
    [undefined, '0.0.1'],
    ['draft', '1.0.0'],
  ])('version %s is before %s', (left, right) => {
    expect(compareVersions(left, right)).toBeLessThan(0);
    expect(compareVersions(right, left)).toBeGreaterThan(0);
    expect(compareVersions(left, left)).toBe(0);
  });

  test('versions stand side by side; the latest one answers to none', () => {
    const scope = conformance.with(['1.9.0', '1.10.0', undefined, '1.2.0'].map(system));
    const versionOf = (canonical: string) => scope.codeSystem(canonical)?.version;
    expect(versionOf('http://x.test/cs')).toBe('1.10.0');
    expect(versionOf('http://x.test/cs|1.2.0')).toBe('1.2.0');
    expect(versionOf('http://x.test/cs|1.9')).toBe('1.9.0');
    expect(versionOf('http://x.test/cs|7')).toBe('1.10.0');
    expect(scope.codeSystem('http://x.test/other')).toBeUndefined();
    expect(conformance.codeSystem('http://x.test/cs')).toBeUndefined();
  });

  test('a version that is not there falls back to one that is, and says so', () => {
    const url = `${structureDefinitionsOfR4}patient-birthPlace`;
    expect(conformance.structureDefinition(`${url}|5.2.0`)).toMatchObject({
      definition: { version: '4.0.1' },
      isFallback: true,
    });
    for (const canonical of [url, `${url}|4.0.1`, `${url}|4.0`]) {
      expect(conformance.structureDefinition(canonical)!.isFallback).toBe(false);
    }
  });

  test('a scope wins over what it lies on, and both answer to their versions', () => {
    const url = `${structureDefinitionsOfR4}patient-birthPlace`;
    const own = profile('own', [], { url, version: '5.2.0', type: 'Extension', kind: 'complex-type' });
    const scope = conformance.with([own]).with([system('1')]);
    expect(scope.structureDefinition(url)!.definition.version).toBe('5.2.0');
    expect(scope.structureDefinition(`${url}|4.0.1`)!.definition.version).toBe('4.0.1');
    expect(scope.codeSystem('http://x.test/cs')).toBeDefined();
    expect(conformance.codeSystem('http://x.test/cs')).toBeUndefined();
  });

  test('resources without URL are left out, whatever else they are', () => {
    const nameless = { resourceType: 'ValueSet', status: 'draft' } as ValueSet;
    expect(conformance.with([nameless]).valueSet('undefined')).toBeUndefined();
  });
});
