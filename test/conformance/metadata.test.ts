import type { CapabilityStatement } from 'fhir/r4.d.ts';
import { issueOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();
let statement: CapabilityStatement;

beforeAll(async () => {
  statement = (await http.get('metadata')).json<CapabilityStatement>();
});

const resources = () => statement.rest![0]!.resource!;
const resource = (type: string) => resources().find((found) => found.type === type)!;

describe('capabilities (http.html#capabilities)', () => {
  test('is a CapabilityStatement of a running R4 server, valid by its own definitions', async () => {
    expect(statement).toMatchObject({
      resourceType: 'CapabilityStatement',
      status: 'active',
      kind: 'instance',
      fhirVersion: '4.0.1',
      implementation: { url: http.base },
    });
    const answer = await http.post('CapabilityStatement', statement);
    expect([answer.status, answer.status === 201 ? '' : answer.text]).toEqual([201, '']);
  });

  test('names all 146 resource types of R4, each once', () => {
    const types = resources().map(({ type }) => type);
    expect(new Set(types).size).toBe(146);
    expect(types).toHaveLength(146);
    expect(types).toEqual(
      expect.arrayContaining(['Account', 'Binary', 'Bundle', 'Parameters', 'Patient', 'VisionPrescription']),
    );
    expect(types).not.toContain('Resource');
    expect(types).not.toContain('DomainResource');
  });

  test('names types that all can be searched', async () => {
    const answers = await Promise.all(resources().map(({ type }) => http.get(`${type}?_count=1`)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  });

  test('is answered by the same address to HEAD, and to no other method', async () => {
    const head = await http.send('HEAD', 'metadata');
    expect([head.status, head.text]).toEqual([200, '']);
    const answer = await http.post('metadata', statement);
    expect(answer.status).toBe(405);
    expect(answer.headers['allow']).toBe('GET, HEAD');
    issueOf(answer);
  });

  test('names what is searched over all types, and the compartments', () => {
    const [rest] = statement.rest!;
    const common = rest!.searchParam!.map(({ name }) => name);
    expect(common).toEqual(
      expect.arrayContaining([
        ...['_content', '_id', '_lastUpdated', '_profile', '_security', '_source', '_tag'],
        ...['_filter', '_has', '_list', '_type'],
      ]),
    );
    expect(common).not.toContain('identifier');
    expect(rest!.compartment!.toSorted()).toEqual(
      ['device', 'encounter', 'patient', 'practitioner', 'relatedPerson'].map(
        (code) => `http://hl7.org/fhir/CompartmentDefinition/${code}`,
      ),
    );
  });

  test('gives every search parameter once, with a definition', () => {
    for (const { type, searchParam = [] } of resources()) {
      const names = searchParam.map(({ name }) => name);
      expect([type, new Set(names).size]).toEqual([type, names.length]);
      expect(searchParam.every(({ definition }) => definition?.startsWith('http'))).toBe(true);
    }
  });
});

describe('what the CapabilityStatement says is true', () => {
  const sample: Record<string, string> = {
    string: 'x',
    token: 'urn:x|x',
    reference: 'x',
    date: '2024',
    number: '1',
    quantity: '1',
    uri: 'urn:x',
    // Of the second component, whatever its type.
    composite: 'urn:x|x$2024',
  };

  test.each([
    'Patient',
    'Observation',
    'Encounter',
    'Practitioner',
    'PractitionerRole',
    'Organization',
    'DocumentReference',
    'MedicationRequest',
    'RiskAssessment',
    'ValueSet',
    'Bundle',
    'Task',
  ])('every search parameter of %s is heard', async (type) => {
    const parameters = resource(type).searchParam!;
    expect(parameters.length).toBeGreaterThan(2);
    for (const { name, type: kind } of parameters) {
      const isText = name === '_text' || name === '_content';
      const sorted = isText || kind === 'composite' ? [] : [`_sort=${name}`];
      const others = isText ? [] : [`${name}:missing=false`, ...sorted];
      for (const query of [`${name}=${sample[kind]}`, ...others]) {
        const answer = await http.get(`${type}?${encodeURI(query)}`, { Prefer: 'handling=strict' });
        expect([query, answer.status]).toEqual([query, 200]);
      }
    }
  });

  test('every searchInclude is heard', async () => {
    for (const type of ['Patient', 'Observation', 'DocumentReference']) {
      for (const include of resource(type).searchInclude!) {
        expect((await http.get(`${type}?_include=${include}`)).status).toBe(200);
      }
    }
  });

  test('every searchRevInclude is heard', async () => {
    for (const type of ['Patient', 'Organization']) {
      for (const include of resource(type).searchRevInclude ?? []) {
        expect((await http.get(`${type}?_revinclude=${include}`)).status).toBe(200);
      }
    }
  });

  test('conditional create, read and update as create are offered as it says', async () => {
    expect(resource('Patient')).toMatchObject({
      versioning: 'versioned-update',
      readHistory: true,
      updateCreate: true,
      conditionalCreate: true,
      conditionalRead: 'full-support',
    });
  });

  test('conditional update, patch and delete are offered for every type but AuditEvent, as it says', async () => {
    expect(statement.patchFormat).toEqual([
      'application/json-patch+json',
      'application/xml-patch+xml',
      'application/fhir+json',
      'application/fhir+xml',
    ]);
    const changeable = resources().filter(({ type }) => type !== 'AuditEvent');
    for (const { type, conditionalUpdate, conditionalDelete, interaction } of changeable) {
      const codes = interaction!.map(({ code }) => code);
      expect([type, codes.includes('patch'), conditionalUpdate, conditionalDelete]).toEqual([
        type,
        true,
        true,
        'single',
      ]);
      const nothing = `${type}?_id=absent`;
      const patch = { headers: { 'Content-Type': 'application/json-patch+json' }, body: '[]' };
      expect((await http.send('PATCH', nothing, patch)).status).toBe(404);
      expect((await http.delete(nothing)).status).toBe(204);
    }
  });

  test('the interactions of the system level are offered, those of histories for every type too', async () => {
    const system = statement.rest![0]!.interaction!.map(({ code }) => code).sort();
    expect(system).toEqual(['batch', 'history-system', 'search-system', 'transaction']);
    for (const path of ['_history', 'Patient/_history', '?_type=Patient']) {
      expect((await http.get(path)).status).toBe(200);
    }
  });
});

describe('the parts of a statement (http.html#general)', () => {
  test('_summary=true leaves out what no summary has', async () => {
    const answer = await http.get('metadata?_summary=true');
    const summary = answer.json<CapabilityStatement>();
    expect(answer.headers['etag']).toBe((await http.get('metadata')).headers['etag']);
    expect(summary).toMatchObject({ fhirVersion: '4.0.1', meta: { tag: [{ code: 'SUBSETTED' }] } });
    const [rest] = summary.rest!;
    expect(rest!.resource!.length).toBe(resources().length);
    expect(rest!.resource![0]).toHaveProperty('type');
    expect(rest!.resource![0]).not.toHaveProperty('interaction');
  });

  test('_elements chooses elements, mandatory ones beside them', async () => {
    const answer = await http.get('metadata?_elements=software');
    const { software, status, rest } = answer.json<CapabilityStatement>();
    expect([software, status, rest]).toEqual([statement.software, 'active', undefined]);
  });

  test('a value that makes no sense is refused', async () => {
    for (const query of ['_summary=some', '_summary=count', '_elements=nothing.at.all']) {
      const answer = await http.get(`metadata?${query}`);
      expect([query, answer.status]).toEqual([query, 400]);
      issueOf(answer);
    }
  });
});
