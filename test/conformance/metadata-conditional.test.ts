import type { CapabilityStatement, TerminologyCapabilities } from 'fhir/r4.d.ts';
import { issueOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

describe('the ETag of /metadata (http.html#cread)', () => {
  test('is the same as long as the statement is, and answers 304', async () => {
    const first = await http.get('metadata');
    const tag = first.headers['etag']!;
    expect(tag).toMatch(/^W\/"[\w-]{22}"$/);
    expect((await http.get('metadata')).headers['etag']).toBe(tag);
    for (const header of [tag, tag.slice(2), '*', `"other", ${tag}`]) {
      const answer = await http.get('metadata', { 'If-None-Match': header });
      expect([header, answer.status, answer.text]).toEqual([header, 304, '']);
      expect(answer.headers['etag']).toBe(tag);
    }
  });

  test('does not match another tag', async () => {
    const answer = await http.get('metadata', { 'If-None-Match': 'W/"1"' });
    expect(answer.status).toBe(200);
  });
});

describe('mode of /metadata (http.html#capabilities)', () => {
  test('full is the default', async () => {
    const full = await http.get('metadata?mode=full');
    expect(full.text).toBe((await http.get('metadata')).text);
  });

  test('normative has the resource types that are normative in R4 alone, under a tag of its own', async () => {
    const full = await http.get('metadata');
    const normative = await http.get('metadata?mode=normative');
    const types = (text: string) =>
      (JSON.parse(text) as CapabilityStatement).rest![0]!.resource!.map(({ type }) => type);
    expect(types(normative.text)).toEqual([
      'Binary',
      'Bundle',
      'CapabilityStatement',
      'CodeSystem',
      'Observation',
      'OperationDefinition',
      'OperationOutcome',
      'Parameters',
      'Patient',
      'StructureDefinition',
      'ValueSet',
    ]);
    expect(types(full.text)).toHaveLength(146);
    expect(normative.headers['etag']).not.toBe(full.headers['etag']);
    const crossed = { 'If-None-Match': full.headers['etag']! };
    expect((await http.get('metadata?mode=normative', crossed)).status).toBe(200);
  });

  test('normative has no element that is for trial use', async () => {
    const statement = (await http.get('metadata?mode=normative')).json<CapabilityStatement>();
    for (const resource of statement.rest![0]!.resource!) {
      const others = ['type', 'profile', 'interaction', 'searchParam', 'operation'];
      expect(Object.keys(resource).filter((element) => !others.includes(element))).toEqual([]);
      expect(resource.interaction!.map(({ code }) => code)).toContain('read');
    }
    expect((await http.post('CapabilityStatement', statement)).status).toBe(201);
  });

  test('terminology gives valid TerminologyCapabilities with the code systems of the required bindings', async () => {
    const answer = await http.get('metadata?mode=terminology');
    const statement = answer.json<TerminologyCapabilities>();
    expect(statement).toMatchObject({
      resourceType: 'TerminologyCapabilities',
      kind: 'instance',
      implementation: { url: http.base },
    });
    const systems = statement.codeSystem!.map(({ uri }) => uri);
    expect(systems).toEqual(expect.arrayContaining(['http://hl7.org/fhir/administrative-gender']));
    expect(new Set(systems).size).toBe(systems.length);
    expect((await http.post('TerminologyCapabilities', statement)).status).toBe(201);
  });

  test.each(['full', 'normative', 'terminology'])('%s answers 304 to its own tag alone', async (mode) => {
    const modes = ['full', 'normative', 'terminology'];
    const tag = (await http.get(`metadata?mode=${mode}`)).headers['etag']!;
    for (const other of modes) {
      const answer = await http.get(`metadata?mode=${other}`, { 'If-None-Match': tag });
      expect([other, answer.status]).toEqual([other, other === mode ? 304 : 200]);
    }
  });

  test.each([
    ['other', 'value'],
    ['', 'value'],
  ])('%j is refused with 400', async (mode, code) => {
    const answer = await http.get(`metadata?mode=${mode}`);
    expect(answer.status).toBe(400);
    expect(issueOf(answer)).toMatchObject({ code, expression: ['mode'] });
  });
});
