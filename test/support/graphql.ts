import type { FhirResource } from 'fhir/r4.d.ts';
import { type Answer, type FhirHttp, serverUnderTest } from './fhir-http.ts';

/** The answer to a query that cannot be answered. */
export interface Refused {
  data: null;
  errors: { message: string; locations?: object[]; extensions: { resource: object } }[];
}

/** A server with resources for queries of GraphQL, and ways to ask it. */
interface GraphqlUnderTest {
  http: FhirHttp;
  /** Creates a resource under its id. */
  put(resource: FhirResource & { id: string }): Promise<void>;
  /** `data` of the answer to a query on the system, or on an instance. */
  data(query: string, path?: string, variables?: object): Promise<unknown>;
  /** The answer to a query that is refused, with the message of its first error. */
  refused(query: string, path?: string, variables?: object): Promise<Answer & { message: string }>;
}

/** A server of its own, which lives as long as the tests of the file. */
export function graphqlUnderTest(): GraphqlUnderTest {
  const http = serverUnderTest();
  const headers = { 'Content-Type': 'application/json' };

  async function put(resource: FhirResource & { id: string }): Promise<void> {
    const answer = await http.put(`${resource.resourceType}/${resource.id}`, resource);
    if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
  }

  async function data(query: string, path = '', variables?: object): Promise<unknown> {
    const answer = await http.post(`${path}$graphql`, { query, variables }, headers);
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
    return answer.json<{ data: unknown }>().data;
  }

  async function refused(
    query: string,
    path = '',
    variables?: object,
  ): Promise<Answer & { message: string }> {
    const answer = await http.post(`${path}$graphql`, { query, variables }, headers);
    const { data: nothing, errors } = answer.json<Refused>();
    expect(nothing).toBeNull();
    const [error] = errors;
    expect(error!.extensions.resource).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', diagnostics: error!.message }],
    });
    return { ...answer, message: error!.message };
  }

  beforeAll(async () => {
    await put({
      resourceType: 'Patient',
      id: 'peter',
      active: true,
      birthDate: '1974-12-25',
      _birthDate: { extension: [{ url: 'urn:test:time', valueDateTime: '1974-12-25T14:35:45-05:00' }] },
      gender: 'male',
      identifier: [{ system: 'urn:test:ipp', value: '12345' }],
      name: [
        { use: 'official', family: 'Chalmers', given: ['Peter', 'James'] },
        { use: 'usual', given: ['Jim'] },
        { use: 'maiden', family: 'Windsor', given: ['Peter', 'James'] },
      ],
      extension: [
        { url: 'urn:test:a', valueString: 'some value' },
        { url: 'urn:test:b', valueString: 'other value' },
      ],
      managingOrganization: { reference: '#org' },
      contained: [{ resourceType: 'Organization', id: 'org', name: 'Contained' } as FhirResource],
    });
    await put({ resourceType: 'Patient', id: 'paul', name: [{ family: 'Durand, le', given: ['Paul'] }] });
    for (const [id, value] of [
      ['o1', 1],
      ['o2', 2],
      ['o3', 3],
    ] as const) {
      await put({
        resourceType: 'Observation',
        id,
        status: id === 'o2' ? 'preliminary' : 'final',
        code: { text: 'Test' },
        subject: { reference: 'Patient/peter' },
        valueQuantity: { value, unit: 'g' },
      });
    }
    await put({
      resourceType: 'Observation',
      id: 'lost',
      status: 'final',
      code: { text: 'Lost' },
      subject: { reference: 'Patient/absent' },
      valueString: 'x',
    });
    await put({ resourceType: 'Group', id: 'g', type: 'person', actual: true, name: 'A group' });
    await put({
      resourceType: 'Observation',
      id: 'of-group',
      status: 'final',
      code: { text: 'Group' },
      subject: { reference: 'Group/g' },
    });
    await put({
      resourceType: 'List',
      id: 'long',
      status: 'current',
      mode: 'working',
      entry: Array.from({ length: 12 }, (_, index) => ({ item: { display: `item ${index}` } })),
    });
  });
  return { http, put, data, refused };
}
