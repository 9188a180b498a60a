import {
  buildClientSchema,
  type GraphQLSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  parse,
  validate,
  validateSchema,
} from 'graphql';
import { graphqlUnderTest } from '../../support/graphql.ts';

const { http, data, refused } = graphqlUnderTest();

async function schemaOf(path: string): Promise<GraphQLSchema> {
  const schema = buildClientSchema((await data(getIntrospectionQuery(), path)) as IntrospectionQuery);
  expect(validateSchema(schema)).toEqual([]);
  return schema;
}

/** What a client that knows the schema has against a query. */
function objections(schema: GraphQLSchema, query: string): string[] {
  return validate(schema, parse(query)).map(({ message }) => message);
}

describe('$graphql: introspection (graphql.html#conformance)', () => {
  test('on the server describes reads, searches and mutations, as a client builds it', async () => {
    const schema = await schemaOf('');
    const names = Object.keys(schema.getQueryType()!.getFields());
    expect(names).toEqual(expect.arrayContaining(['Patient', 'PatientList', 'PatientConnection']));
    expect(Object.keys(schema.getMutationType()!.getFields())).toEqual(
      expect.arrayContaining(['PatientCreate', 'PatientUpdate', 'PatientDelete']),
    );
    for (const query of [
      '{ Patient(id: "peter") { id _birthDate { extension { url valueDateTime } } contact { __typename } } }',
      '{ PatientList(general_practitioner: "p", _id: [peter, paul], _sort: "_id") { name(use: official) { given } } }',
      '{ ObservationConnection(patient: "peter", _count: 2) { count edges { mode resource { id } } next last } }',
      '{ ObservationList { valueQuantity { value } subject { resource(optional: true) { ... on Patient { active } } } } }',
      '{ PatientList { ObservationList(_reference: patient) { id } identifier @flatten @first { value } } }',
      'mutation($res: Patient_Input!) { PatientCreate(res: $res) { id } }',
    ]) {
      expect([query, objections(schema, query)]).toEqual([query, []]);
    }
    for (const query of [
      '{ Patient { id } }',
      '{ PatientList(nothing: 1) { id } }',
      '{ PatientList { nothing } }',
      '{ PatientList { AppointmentResponseList { id } } }',
      '{ PatientList { LocationList(_reference: x) { id } } }',
    ]) {
      expect([query, objections(schema, query)]).toEqual([query, [expect.any(String)]]);
    }
  });

  test('on an instance describes the fields of its type', async () => {
    const schema = await schemaOf('Patient/peter/');
    expect(schema.getQueryType()!.name).toBe('Patient');
    expect(schema.getMutationType()).toBeNull();
    expect(objections(schema, '{ birthDate ObservationList(_reference: patient) { id } }')).toEqual([]);
  });

  test('__type takes a variable and gives null for a type that is not there', async () => {
    const query = 'query ($name: String!) { __typename it: __type(name: $name) { kind name } }';
    expect(await data(query, '', { name: 'HumanName' })).toEqual({
      __typename: 'Query',
      it: { kind: 'OBJECT', name: 'HumanName' },
    });
    expect(await data(query, '', { name: 'Nothing' })).toEqual({ __typename: 'Query', it: null });
  });

  test('__typename is the name that the schema has, also of what is defined in place', async () => {
    const query =
      '{ ObservationConnection(_id: "o1") { __typename edges { __typename resource { __typename } } } }';
    const answer = (await data(query)) as { ObservationConnection: object };
    expect(answer.ObservationConnection).toEqual({
      __typename: 'ObservationConnection',
      edges: [{ __typename: 'ObservationConnectionEdges', resource: { __typename: 'Observation' } }],
    });
    expect(
      await data('{ entry(_count: 1) { __typename ... on ListEntry { item { display } } } }', 'List/long/'),
    ).toEqual({
      entry: [{ __typename: 'ListEntry', item: { display: 'item 0' } }],
    });
    const types =
      '{ a: __type(name: "ListEntry") { kind } b: __type(name: "ObservationConnectionEdges") { kind } }';
    expect(await data(types)).toEqual({ a: { kind: 'OBJECT' }, b: { kind: 'OBJECT' } });
  });

  test('a custom search parameter is an argument', async () => {
    const answer = await http.post('SearchParameter', {
      resourceType: 'SearchParameter',
      url: 'http://example.test/SearchParameter/nickname',
      name: 'Nickname',
      status: 'active',
      description: 'Nickname',
      code: 'nick-name',
      base: ['Patient'],
      type: 'string',
      expression: "Patient.name.where(use = 'nickname').given",
    });
    expect(answer.status).toBe(201);
    await expectArgument('nick_name');
  });

  async function expectArgument(name: string): Promise<void> {
    for (let polls = 0; polls < 100; polls += 1) {
      const { __type } = (await data('{ __type(name: "Query") { fields { name args { name } } } }')) as {
        __type: { fields: { name: string; args: { name: string }[] }[] };
      };
      const list = __type.fields.find((field) => field.name === 'PatientList');
      if (list!.args.some((argument) => argument.name === name)) return;
    }
    throw new Error(`no argument ${name}`);
  }

  test.each([
    ['{ __schema { nothing } }', 'Cannot query field "nothing"'],
    ['{ __schema }', 'must have a selection'],
    ['{ __type { name } }', 'argument "name"'],
    ['{ __schema { queryType { name } } Patient(id: "peter") { id } }', 'by itself'],
    ['{ Patient(id: "peter") { __schema { queryType { name } } } }', 'by itself'],
    [
      '{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }',
      'Maximum introspection depth',
    ],
  ])('refuses %s', async (query, message) => {
    const answer = await refused(query);
    expect([answer.status, answer.message]).toEqual([400, expect.stringContaining(message)]);
  });
});
