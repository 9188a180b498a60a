import { graphqlUnderTest } from '../../support/graphql.ts';

const { data, refused } = graphqlUnderTest();

describe('$graphql: references (graphql.html#references)', () => {
  test('resource gives what a reference points to, on this server or contained', async () => {
    expect(await data('{ subject { reference resource { id active } } }', 'Observation/o1/')).toEqual({
      subject: { reference: 'Patient/peter', resource: { id: 'peter', active: true } },
    });
    expect(
      await data(
        '{ managingOrganization { org: resource { name } } contained { resourceType id } }',
        'Patient/peter/',
      ),
    ).toEqual({
      managingOrganization: { org: { name: 'Contained' } },
      contained: [{ resourceType: 'Organization', id: 'org' }],
    });
  });

  test('of a match in a connection too; nothing refers to a contained resource by its id', async () => {
    const query =
      '{ PatientConnection(_id: "peter") { edges { resource { managingOrganization { resource { name } } } } } }';
    expect(await data(query)).toEqual({
      PatientConnection: {
        edges: [{ resource: { managingOrganization: { resource: { name: 'Contained' } } } }],
      },
    });
    const reverse = '{ contained { ... on Organization { PatientList(_reference: organization) { id } } } }';
    expect((await refused(reverse, 'Patient/peter/')).status).toBe(400);
    const through = '{ managingOrganization { resource { PatientList(_reference: organization) { id } } } }';
    expect((await refused(through, 'Patient/peter/')).status).toBe(400);
  });

  test('type and type conditions leave out other resources', async () => {
    const query = '{ subject { resource(type: Patient) { birthDate } resource(type: Group) { name } } }';
    expect(await data(query, 'Observation/o1/')).toEqual({
      subject: { resource: { birthDate: '1974-12-25' } },
    });
    expect(await data(query, 'Observation/of-group/')).toEqual({
      subject: { resource: { name: 'A group' } },
    });
    const fragments = '{ subject { resource { ... on Patient { birthDate } ... on Group { name } } } }';
    expect(await data(fragments, 'Observation/of-group/')).toEqual({
      subject: { resource: { name: 'A group' } },
    });
  });

  test('a reference that leads nowhere is an error, unless it is optional', async () => {
    const answer = await refused('{ subject { resource { id } } }', 'Observation/lost/');
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('not-found')]);
    expect(
      await data('{ subject { reference resource(optional: true) { id } } }', 'Observation/lost/'),
    ).toEqual({
      subject: { reference: 'Patient/absent' },
    });
  });

  test('refuses a field that none of the possible targets has, and an unknown type', async () => {
    expect((await refused('{ subject { resource { valueSet } } }', 'Observation/o1/')).status).toBe(400);
    expect(
      (await refused('{ subject { resource(type: Practioner) { id } } }', 'Observation/o1/')).status,
    ).toBe(400);
  });
});

describe('$graphql: searches (graphql.html#searching)', () => {
  test('[Type](id) gives one resource', async () => {
    expect(await data('query($id: ID!) { Patient(id: $id) { id active } }', '', { id: 'peter' })).toEqual({
      Patient: { id: 'peter', active: true },
    });
    expect(await refused('{ Patient(id: absent) { id } }')).toMatchObject({ status: 404 });
    expect(await refused('{ Patient { id } }')).toMatchObject({ status: 400 });
    expect(await refused('{ Nothing(id: a) { id } }')).toMatchObject({ status: 400 });
  });

  test('[Type]List takes search parameters with _ for -, lists are alternatives', async () => {
    expect(
      await data('{ ObservationList(value_quantity: "gt1", patient: "peter", _sort: "-_id") { id } }'),
    ).toEqual({
      ObservationList: [{ id: 'o3' }, { id: 'o2' }],
    });
    expect(await data('{ PatientList(_id: [peter, "paul", 3], _sort: "_id") { id } }')).toEqual({
      PatientList: [{ id: 'paul' }, { id: 'peter' }],
    });
    expect(await data('{ PatientList(family: "durand, le") { id } }')).toEqual({
      PatientList: [{ id: 'paul' }],
    });
    expect(await data('{ PatientList(family: "nobody") { id } }')).toEqual({ PatientList: [] });
    expect(await data('{ PatientList(fhirpath: "active.exists()") { id } }')).toEqual({
      PatientList: [{ id: 'peter' }],
    });
    expect(
      await data('{ ObservationList(patient: "peter", _sort: "_id", _offset: 1, _count: 1) { id } }'),
    ).toEqual({
      ObservationList: [{ id: 'o2' }],
    });
  });

  test('an unknown parameter, a modifier or an include is refused', async () => {
    for (const query of [
      '{ PatientList(nothing: 1) { id } }',
      '{ PatientList(_nothing: 1) { id } }',
      '{ PatientList(_include: "x") { id } }',
      '{ PatientList(birthdate: "tomorrow") { id } }',
      '{ PatientList(name: {a: 1}) { id } }',
    ]) {
      expect([query, (await refused(query)).status]).toEqual([query, 400]);
    }
  });

  test('searches by reference to the resource at hand', async () => {
    expect(
      await data(
        '{ id ObservationList(_reference: patient, status: "final", _sort: "_id") { id } }',
        'Patient/peter/',
      ),
    ).toEqual({ id: 'peter', ObservationList: [{ id: 'o1' }, { id: 'o3' }] });
    expect(
      await data('{ PatientList(_id: "paul") { ObservationList(_reference: patient) { id } } }'),
    ).toEqual({ PatientList: [{ ObservationList: [] }] });
    for (const query of ['{ ObservationList { id } }', '{ ObservationList(_reference: code) { id } }']) {
      expect([query, (await refused(query, 'Patient/peter/')).status]).toEqual([query, 400]);
    }
  });

  interface Page {
    ObservationConnection: {
      count: number;
      offset: number;
      edges: { mode: string; resource: { id: string } }[];
      first?: string;
      previous?: string;
      next?: string;
      last?: string;
    };
  }
  const page = async (given: string) => {
    const query = `{ ObservationConnection(${given}) { count offset pagesize edges { mode score resource { id } } first previous next last } }`;
    return ((await data(query)) as Page).ObservationConnection;
  };

  test('[Type]Connection gives pages with cursors', async () => {
    const first = await page('patient: "peter", _sort: "_id", _count: 2');
    expect(first).toEqual({
      count: 3,
      offset: 0,
      pagesize: 2,
      edges: [
        { mode: 'match', resource: { id: 'o1' } },
        { mode: 'match', resource: { id: 'o2' } },
      ],
      next: expect.any(String) as string,
    });
    const second = await page(`cursor: "${first.next}"`);
    expect(second).toMatchObject({ count: 3, offset: 2, edges: [{ resource: { id: 'o3' } }] });
    expect(second.next).toBeUndefined();
    expect(await page(`cursor: "${second.last}"`)).toMatchObject({ offset: 2, edges: second.edges });
    expect((await page('patient: "peter"')).last).toEqual(expect.any(String));
    expect(await page(`_cursor: "${second.previous}"`)).toMatchObject({ offset: 0, edges: first.edges });
    expect(await page(`cursor: "${second.first}"`)).toMatchObject({ offset: 0, edges: first.edges });
  });

  test('refuses a query that would take too many searches', async () => {
    const searches = Array.from(
      { length: 300 },
      (_, index) => `a${index}: GroupList(_reference: member) { id }`,
    );
    const around = (inner: string) =>
      `ObservationList(_reference: patient) { subject { resource(type: Patient) { ${inner} } } }`;
    const query = `{ ${around(around(around(searches.join(' '))))} }`;
    const answer = await refused(query, 'Patient/peter/');
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('too-costly')]);
  });

  test('a cursor is of its type, unaltered, alone, and of the root', async () => {
    const { next } = await page('patient: "peter", _count: 2');
    for (const [query, path] of [
      [`{ PatientConnection(cursor: "${next}") { offset } }`, ''],
      [`{ ObservationConnection(cursor: "${next}x") { offset } }`, ''],
      [`{ ObservationConnection(cursor: "${next}", status: "final") { offset } }`, ''],
      [`{ ObservationConnection(cursor: "${next}", _reference: patient) { offset } }`, 'Patient/peter/'],
    ]) {
      expect((await refused(query!, path)).status).toBe(400);
    }
  });
});
