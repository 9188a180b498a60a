import type { Bundle } from 'fhir/r4.d.ts';
import { graphqlUnderTest } from '../../support/graphql.ts';

const { http, data, refused } = graphqlUnderTest();

describe('$graphql: mutations (graphql.html#mutations)', () => {
  test('create, update and delete are the writes of the API', async () => {
    const created = (await data(
      'mutation($p: PatientInput) { PatientCreate(res: $p) { id gender meta { versionId } } }',
      '',
      {
        p: { resourceType: 'Patient', gender: 'other' },
      },
    )) as { PatientCreate: { id: string } };
    const { id } = created.PatientCreate;
    expect(created.PatientCreate).toMatchObject({ gender: 'other', meta: { versionId: '1' } });
    expect(
      await data(
        `mutation { PatientUpdate(id: "${id}", res: { id: "${id}", gender: "female", active: true }) { active meta { versionId } } }`,
      ),
    ).toEqual({ PatientUpdate: { active: true, meta: { versionId: '2' } } });
    expect(await data(`mutation { PatientDelete(id: "${id}") }`)).toEqual({});
    expect((await http.get(`Patient/${id}`)).status).toBe(410);
  });

  test('a failing one is an HTTP error, GET and several at once are refused', async () => {
    const invalid = 'mutation { PatientCreate(res: { gender: "none" }) { id } }';
    expect((await refused(invalid)).status).toBe(422);
    expect((await http.get(`$graphql?query=${encodeURIComponent(invalid)}`)).status).toBe(405);
    const parameters = { resourceType: 'Parameters', parameter: [{ name: 'query', valueString: invalid }] };
    const bundle = (type: string) => ({
      resourceType: 'Bundle',
      type,
      entry: [{ request: { method: 'POST', url: '$graphql' }, resource: parameters }],
    });
    for (const type of ['batch', 'transaction']) {
      const { entry } = (await http.post('', bundle(type))).json<Bundle>();
      expect([type, entry![0]!.response!.status.slice(0, 3)]).toEqual([type, '400']);
    }
    const two = 'mutation { a: PatientCreate(res: {}) { id } b: PatientCreate(res: {}) { id } }';
    expect((await refused(two)).status).toBe(400);
    expect((await refused('mutation { PatientCreate { id } }')).status).toBe(400);
    expect((await refused('mutation { NothingCreate(res: {}) { id } }')).status).toBe(400);
    expect((await refused('mutation { PatientDelete(id: "a b") }')).status).toBe(400);
  });
});
