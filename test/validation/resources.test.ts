import { found, validatorWith } from './conformance.ts';
import { issuesOf, observation, patient } from './validate.ts';

describe('contained resources', () => {
  test.each([
    [{ resourceType: 'Organization', id: 'o', name: 'X' }, []],
    [{ resourceType: 'Organization', name: 'X' }, ['required Patient.contained[0].id']],
    [{ resourceType: 'Nothing', id: 'o' }, ['not-supported Patient.contained[0].resourceType']],
    [{ id: 'o', name: 'X' }, ['required Patient.contained[0].resourceType']],
    [{ resourceType: 'Organization', id: 'o', foo: 1 }, ['structure Patient.contained[0].foo']],
    [{ resourceType: 'Observation', id: 'o', status: 'final' }, ['required Patient.contained[0].code']],
    [
      {
        resourceType: 'Patient',
        id: 'o',
        contained: [{ resourceType: 'Patient', id: 'i' }],
      },
      ['invariant Patient.contained[0].contained'],
    ],
    ['Organization', ['structure Patient.contained[0]']],
    [null, ['structure Patient.contained[0]']],
  ])('%j', (resource, issues) => {
    expect(issuesOf(patient({ contained: [resource] }))).toEqual(issues);
  });

  test('stand in an array', () => {
    expect(issuesOf(patient({ contained: { resourceType: 'Organization', id: 'o' } }))).toEqual([
      'structure Patient.contained',
    ]);
  });
});

describe('resources in a Bundle', () => {
  const bundle = (...resources: unknown[]) => ({
    resourceType: 'Bundle',
    type: 'collection',
    entry: resources.map((resource) => ({ resource })),
  });

  test('are checked by their own type', () => {
    expect(
      issuesOf(
        bundle(patient({ active: true }), {
          resourceType: 'Binary',
          contentType: 'a/b',
        }),
      ),
    ).toEqual([]);
    expect(
      issuesOf(bundle(patient({ active: 1 }), { resourceType: 'Binary' }, { resourceType: 'Nope' }, 'x', {})),
    ).toEqual([
      'structure Bundle.entry[0].resource.active',
      'required Bundle.entry[1].resource.contentType',
      'not-supported Bundle.entry[2].resource.resourceType',
      'structure Bundle.entry[3].resource',
      'required Bundle.entry[4].resource.resourceType',
    ]);
  });

  test('may contain resources themselves', () => {
    expect(
      issuesOf(
        bundle(
          patient({
            contained: [{ resourceType: 'Organization', id: 'o', name: 'X' }],
          }),
        ),
      ),
    ).toEqual([]);
    expect(issuesOf(bundle(bundle(patient({ foo: 1 }))))).toEqual([
      'structure Bundle.entry[0].resource.entry[0].resource.foo',
    ]);
  });
});

describe('resources in Parameters', () => {
  const parameters = (...parameter: object[]) => ({
    resourceType: 'Parameters',
    parameter,
  });

  test.each([
    [{ name: 'a', valueString: 'x' }, []],
    [{ name: 'a', resource: { resourceType: 'Patient', active: true } }, []],
    [
      {
        name: 'a',
        part: [{ name: 'b', resource: { resourceType: 'Patient', active: true } }],
      },
      [],
    ],
    [{ valueString: 'x' }, ['required Parameters.parameter[0].name']],
    [
      { name: 'a', resource: { resourceType: 'Patient', foo: 1 } },
      ['structure Parameters.parameter[0].resource.foo'],
    ],
    [
      {
        name: 'a',
        part: [{ name: 'b', resource: { resourceType: 'Patient', active: 1 } }],
      },
      ['structure Parameters.parameter[0].part[0].resource.active'],
    ],
    [{ name: 'a', valueString: 'x', valueCode: 'x' }, ['structure Parameters.parameter[0].value']],
  ])('%j', (parameter, issues) => {
    expect(issuesOf(parameters(parameter))).toEqual(issues);
  });

  test('keep what they contain to themselves', () => {
    const resource = patient({
      contained: [{ resourceType: 'Organization', id: 'o', name: 'X' }],
      managingOrganization: { reference: '#o' },
    });
    expect(
      issuesOf(parameters({ name: 'a', resource }, { name: 'b', valueReference: { reference: '#o' } })),
    ).toEqual(['invariant Parameters.parameter[1].value.reference']);
  });
});

describe('rules on bundles (bundle.html)', () => {
  const uuid = (digit: number) => `urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e${digit}`;
  const bundle = (type: string, ...entry: object[]) => ({
    resourceType: 'Bundle',
    type,
    identifier: { system: 'https://example.org', value: '1' },
    timestamp: '2020-01-01T00:00:00Z',
    entry,
  });
  const person = patient({ active: true });
  const unlinked = { fullUrl: uuid(3), resource: patient({ active: false }) };
  const composition = (author: number) => ({
    fullUrl: uuid(1),
    resource: {
      resourceType: 'Composition',
      status: 'final',
      type: { text: 'x' },
      date: '2020',
      title: 'x',
      author: [{ reference: uuid(author) }],
    },
  });
  let entries = 0;
  const result = (mode: string, id?: string) => ({
    fullUrl: id === undefined ? uuid(entries++) : `https://example.org/Patient/${id}`,
    resource: { ...person, ...(id === undefined ? {} : { id }) },
    search: { mode },
  });
  test.each<[string, object, string[]]>([
    ['no full URL', bundle('collection', { resource: person }), ['error required Bundle.entry[0].fullUrl']],
    [
      'a full URL that is not absolute',
      bundle('collection', { fullUrl: 'Patient/1', resource: person }),
      ['error value Bundle.entry[0].fullUrl'],
    ],
    [
      'a full URL of another id',
      bundle('collection', { fullUrl: 'https://example.org/Patient/a', resource: { ...person, id: 'b' } }),
      ['error value Bundle.entry[0]'],
    ],
    [
      'the same full URL twice',
      bundle('collection', { fullUrl: uuid(1), resource: person }, { fullUrl: uuid(1), resource: person }),
      ['error invariant Bundle bdl-7'],
    ],
    [
      'a document that starts with something else',
      bundle('document', { fullUrl: uuid(1), resource: person }),
      ['error invariant Bundle bdl-11'],
    ],
    [
      'a document whose composition refers to what is not there',
      bundle('document', composition(2)),
      ['error not-found Bundle.entry[0].resource.author[0]'],
    ],
    [
      'a document with an entry that no reference leads to',
      bundle('document', composition(2), { fullUrl: uuid(2), resource: person }, unlinked),
      ['error structure Bundle.entry[2]'],
    ],
    [
      'a document with an entry that refers to another one, and a stylesheet',
      bundle(
        'document',
        composition(2),
        { fullUrl: uuid(3), resource: observation({ subject: { reference: uuid(2) } }) },
        { fullUrl: uuid(2), resource: person },
        { fullUrl: uuid(4), resource: { resourceType: 'Binary', contentType: 'text/css' } },
      ),
      [],
    ],
    [
      'search results without id, and an outcome that is none',
      bundle('searchset', result('match'), result('include'), result('outcome'), result('match', 'a')),
      [
        'error required Bundle.entry[0].resource.id',
        'error required Bundle.entry[1].resource.id',
        'error value Bundle.entry[2].resource',
      ],
    ],
    [
      'a reference to an entry of another type than it names',
      bundle(
        'collection',
        {
          fullUrl: 'https://example.org/fhir/Observation/1',
          resource: observation({ id: '1', subject: { reference: 'Patient/2' } }),
        },
        {
          fullUrl: 'https://example.org/fhir/Patient/2',
          resource: { resourceType: 'Location', id: '2', name: 'x' },
        },
      ),
      ['error value Bundle.entry[0].resource.subject'],
    ],
    [
      'a URN that leads out of the bundle',
      bundle('collection', { fullUrl: uuid(1), resource: observation({ subject: { reference: uuid(2) } }) }),
      ['warning not-found Bundle.entry[0].resource.subject'],
    ],
    [
      'a reference to an entry of a type that the element does not allow',
      bundle(
        'collection',
        { fullUrl: uuid(1), resource: observation({ performer: [{ reference: uuid(2) }] }) },
        { fullUrl: uuid(2), resource: { resourceType: 'Location', name: 'x' } },
      ),
      ['error value Bundle.entry[0].resource.performer[0]'],
    ],
    [
      'the rules of entries, at their place',
      bundle('collection', { fullUrl: uuid(1), resource: { ...person, telecom: [{ value: '1' }] } }),
      ['error invariant Bundle.entry[0].resource.telecom[0] cpt-2'],
    ],
  ])('%s', (_, resource, expected) => {
    expect(found(validatorWith([]), resource)).toEqual(expected);
  });
});

test('an item of a Questionnaire is enabled by another question, not by one within it', () => {
  const enabledBy = (question: string) => [{ question, operator: '=', answerString: 'x' }];
  const questionnaire = {
    resourceType: 'Questionnaire',
    name: 'Forms',
    status: 'draft',
    item: [
      { linkId: 'a', type: 'string', enableWhen: enabledBy('b.1') },
      {
        linkId: 'b',
        type: 'group',
        enableWhen: enabledBy('b.1'),
        item: [{ linkId: 'b.1', type: 'string', enableWhen: enabledBy('c') }],
      },
    ],
  };
  expect(found(validatorWith([]), questionnaire)).toEqual([
    'error not-found Questionnaire.item[1].enableWhen[0].question',
    'error not-found Questionnaire.item[1].item[0].enableWhen[0].question',
  ]);
});
