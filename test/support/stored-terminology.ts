import type { CodeSystem, Parameters, ParametersParameter, ValueSet } from 'fhir/r4.d.ts';
import { type Answer, type FhirHttp, serverUnderTest } from './fhir-http.ts';
import { TerminologyServerLookAlike } from './terminology-server.ts';

export const genders = 'http://hl7.org/fhir/ValueSet/administrative-gender';
export const gender = 'http://hl7.org/fhir/administrative-gender';
export const sct = 'http://snomed.info/sct';
export const house = 'http://example.org/house';

export const codeSystem: CodeSystem = {
  resourceType: 'CodeSystem',
  id: 'house',
  url: house,
  version: '1',
  name: 'House',
  status: 'active',
  content: 'complete',
  concept: [
    {
      code: 'room',
      display: 'Room',
      concept: [{ code: 'kitchen', display: 'Kitchen', designation: [{ language: 'fr', value: 'Cuisine' }] }],
    },
    { code: 'garden', display: 'Garden' },
  ],
};
export const rooms: ValueSet = {
  resourceType: 'ValueSet',
  id: 'rooms',
  url: 'http://example.org/rooms',
  version: '2',
  status: 'active',
  compose: { include: [{ system: house, filter: [{ property: 'concept', op: 'is-a', value: 'room' }] }] },
};
export const findings: ValueSet = {
  resourceType: 'ValueSet',
  id: 'findings',
  url: 'http://example.org/findings',
  status: 'active',
  compose: { include: [{ system: sct, filter: [{ property: 'concept', op: 'is-a', value: '404684003' }] }] },
};
export const conceptMap = {
  resourceType: 'ConceptMap',
  id: 'sounds',
  url: 'http://example.org/sounds',
  status: 'active',
  group: [
    {
      source: house,
      target: 'http://example.org/noises',
      element: [{ code: 'kitchen', target: [{ code: 'clatter', equivalence: 'wider' }] }],
    },
  ],
};

/** A server of this test file that has these resources, and asks another terminology server. */
export interface TerminologyUnderTest {
  http: FhirHttp;
  other: TerminologyServerLookAlike;
  put(resource: { resourceType: string; id?: string | undefined }): Promise<void>;
  /** Posts parameters. */
  post(path: string, ...parameter: ParametersParameter[]): Promise<Answer>;
}

/** To be called once a test file. */
export async function terminologyUnderTest(): Promise<TerminologyUnderTest> {
  const other = new TerminologyServerLookAlike();
  const http = serverUnderTest({
    TERMINOLOGY_SERVER: await other.start(),
    TERMINOLOGY_CACHE_MINUTES: '0',
    EXPLAIN: 'on',
  });
  afterAll(() => other.stop());

  async function put(resource: { resourceType: string; id?: string | undefined }): Promise<void> {
    const answer = await http.put(`${resource.resourceType}/${resource.id}`, resource);
    if (![200, 201].includes(answer.status)) throw new Error(answer.text);
  }

  beforeAll(async () => {
    for (const resource of [codeSystem, rooms, findings, conceptMap]) await put(resource);
  });
  beforeEach(() => {
    other.answer = { status: 404, body: {} };
    other.asked.length = 0;
  });
  return {
    http,
    other,
    put,
    post: (path, ...parameter) => http.post(path, { resourceType: 'Parameters', parameter }),
  };
}

/** The codes of an expansion, after its total. */
export function expanded(answer: Answer): string {
  if (answer.status !== 200) throw new Error(answer.text);
  const { total, contains = [] } = answer.json<ValueSet>().expansion ?? {};
  return [`${total}:`, ...contains.map(({ code }) => code)].join(' ');
}

/** The parameters of an answer with one value, by name. */
export function values(answer: Answer): Record<string, unknown> {
  if (answer.status !== 200) throw new Error(answer.text);
  const { parameter = [] } = answer.json<Parameters>();
  const value = (one: ParametersParameter) =>
    Object.entries(one).find(([key]) => key.startsWith('value'))?.[1];
  return Object.fromEntries(parameter.map((one) => [one.name, value(one) ?? one.part?.map(value)]));
}
