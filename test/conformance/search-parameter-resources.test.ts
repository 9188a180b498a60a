import type {
  Bundle,
  CapabilityStatement,
  Encounter,
  FhirResource,
  Patient,
  SearchParameter,
} from 'fhir/r4.d.ts';
import { loadDefinitions } from '../../src/fhir/definitions/load.ts';
import { created, entriesOf, issueOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';
import { searchParameter, whenIndexed } from '../support/search-parameters.ts';

const http = serverUnderTest();
const frCore = 'https://hl7.fr/ig/fhir/core/StructureDefinition';
const r4 = 'http://hl7.org/fhir/StructureDefinition';
const country = 'urn:iso:std:iso:3166';

const nationality = searchParameter({
  code: 'nationality',
  expression: `Patient.extension('${frCore}/fr-core-patient-nationality').extension('code').value as CodeableConcept`,
});

/** A patient of a nationality, whose identity was checked on a day. */
function patient(id: string, code: string, checked = '2024-01-15'): Patient {
  return {
    resourceType: 'Patient',
    id,
    name: [{ family: 'Adrun' }],
    birthDate: '1980-02-03',
    extension: [
      {
        url: `${frCore}/fr-core-patient-nationality`,
        extension: [{ url: 'code', valueCodeableConcept: { coding: [{ system: country, code }] } }],
      },
      {
        url: `${frCore}/fr-core-identity-reliability`,
        extension: [{ url: 'validationDate', valueDate: checked }],
      },
      { url: `${r4}/patient-birthPlace`, valueAddress: { city: 'Besançon' } },
    ],
  };
}

function encounter(id: string, associated: string, person: string): Encounter {
  return {
    resourceType: 'Encounter',
    id,
    status: 'finished',
    class: { code: 'AMB' },
    subject: { reference: person },
    extension: [{ url: `${r4}/encounter-associatedEncounter`, valueReference: { reference: associated } }],
  };
}

async function offered(type: string, code: string) {
  const statement = (await http.get('metadata')).json<CapabilityStatement>();
  const resource = statement.rest![0]!.resource!.find((each) => each.type === type)!;
  return {
    parameter: resource.searchParam!.find(({ name }) => name === code),
    include: resource.searchInclude?.includes(`${type}:${code}`) ?? false,
  };
}

async function put(resource: FhirResource) {
  const answer = await http.put(`${resource.resourceType}/${resource.id}`, resource);
  if (answer.status > 201) throw new Error(`${answer.status} ${answer.text}`);
}

beforeAll(async () => {
  await put(patient('fr', 'FR'));
  await put(patient('be', 'BE', '2025-06-30'));
  await put(encounter('first', 'Encounter/none', 'Patient/fr'));
  await put(encounter('second', 'Encounter/first', 'Patient/be'));
});

describe('an active SearchParameter is searched by once its index is whole (searchparameter.html)', () => {
  test('before it is there its code is not known', async () => {
    expect((await offered('Patient', 'nationality')).parameter).toBeUndefined();
    const strict = await http.get('Patient?nationality=FR', { Prefer: 'handling=strict' });
    expect(strict.status).toBe(400);
  });

  test('a search answers 503 until then, never a part, and finds old and new resources afterwards', async () => {
    const tag = (await http.get('metadata')).headers['etag'];
    const id = await created(http, nationality);
    const early = await http.get('Patient?nationality=FR');
    expect([200, 503]).toContain(early.status);
    if (early.status === 503) {
      expect(issueOf(early).code).toBe('transient');
      expect(early.headers['retry-after']).toBe('5');
    }
    await put(patient('late', 'FR'));
    const answer = await whenIndexed(http, 'Patient?nationality=FR');
    expect(matchIds(answer).sort()).toEqual(['fr', 'late']);
    expect(matchIds(await http.get(`Patient?nationality=${country}|BE`))).toEqual(['be']);
    expect((await offered('Patient', 'nationality')).parameter).toEqual({
      name: 'nationality',
      definition: nationality.url,
      type: 'token',
      documentation: nationality.description,
    });
    expect((await http.get('metadata')).headers['etag']).not.toBe(tag);
    expect((await http.get(`SearchParameter/${id}`)).json<SearchParameter>().code).toBe('nationality');
  });

  test('its modifiers, chains, _has and the search on all types work as for those of R4', async () => {
    expect(matchIds(await http.get('Patient?nationality:not=FR'))).toEqual(['be']);
    expect(matchIds(await http.get('Patient?nationality:missing=false&_id=be'))).toEqual(['be']);
    expect(matchIds(await http.get('Encounter?subject:Patient.nationality=BE'))).toEqual(['second']);
    expect(matchIds(await http.get('?_type=Patient&nationality=BE'))).toEqual(['be']);
    const filter = encodeURIComponent('nationality eq BE');
    expect(matchIds(await http.get(`Patient?_filter=${filter}`))).toEqual(['be']);
  });

  test('a date: prefixes and _sort', async () => {
    const expression = `Patient.extension.where(url='${frCore}/fr-core-identity-reliability').extension.where(url='validationDate').value.ofType(date)`;
    await created(http, searchParameter({ code: 'identity-checked', type: 'date', expression }));
    expect(matchIds(await whenIndexed(http, 'Patient?identity-checked=gt2025'))).toEqual([]);
    expect(matchIds(await http.get('Patient?identity-checked=2025-06'))).toEqual(['be']);
    expect(matchIds(await http.get('Patient?_sort=-identity-checked&_count=1'))).toEqual(['be']);
  });

  test('a string: accents and :exact', async () => {
    const expression = `Patient.extension('${r4}/patient-birthPlace').value.city`;
    await created(http, searchParameter({ code: 'birth-city', type: 'string', expression }));
    expect(matchIds(await whenIndexed(http, 'Patient?birth-city=besancon&_id=fr'))).toEqual(['fr']);
    expect(matchIds(await http.get('Patient?birth-city:exact=besancon'))).toEqual([]);
  });

  test('a reference: _include, _revinclude, chain and _has', async () => {
    const associated = searchParameter({
      code: 'associated',
      base: ['Encounter'],
      type: 'reference',
      target: ['Encounter'],
      expression: `Encounter.extension('${r4}/encounter-associatedEncounter').value.as(Reference)`,
    });
    await created(http, associated);
    expect(matchIds(await whenIndexed(http, 'Encounter?associated=Encounter/first'))).toEqual(['second']);
    const included = await http.get('Encounter?_id=second&_include=Encounter:associated');
    expect(entriesOf(included, 'include').map(({ resource }) => resource!.id)).toEqual(['first']);
    const referring = await http.get('Encounter?_id=first&_revinclude=Encounter:associated');
    expect(entriesOf(referring, 'include').map(({ resource }) => resource!.id)).toEqual(['second']);
    expect(matchIds(await http.get('Encounter?associated.subject=Patient/fr'))).toEqual(['second']);
    expect(matchIds(await http.get('Encounter?_has:Encounter:associated:subject=Patient/be'))).toEqual([
      'first',
    ]);
    expect((await offered('Encounter', 'associated')).include).toBe(true);
  });

  test('a composite of a parameter that was added and one of R4', async () => {
    const composite = searchParameter({
      code: 'code-status',
      base: ['Observation'],
      type: 'composite',
      expression: 'Observation',
      component: [
        { definition: 'http://hl7.org/fhir/SearchParameter/clinical-code|4.0.1', expression: 'code' },
        { definition: 'http://x.test/SearchParameter/marker', expression: 'method' },
      ],
    });
    const early = await http.post('SearchParameter', composite);
    expect(early.status).toBe(422);
    expect(issueOf(early).expression).toEqual(['SearchParameter.component[1].definition']);
    await created(
      http,
      searchParameter({ code: 'marker', base: ['Observation'], expression: 'Observation.method' }),
    );
    await created(http, composite);
    const code = (value: string) => ({ coding: [{ code: value }] });
    const id = await created(http, {
      resourceType: 'Observation',
      status: 'final',
      code: code('a'),
      method: code('b'),
    } as never);
    expect(matchIds(await whenIndexed(http, 'Observation?code-status=a$b'))).toEqual([id]);
    expect(matchIds(await http.get('Observation?code-status=b$a'))).toEqual([]);
  });

  test('XML, and an entry of a transaction that also holds what it finds', async () => {
    const xml = `<SearchParameter xmlns="http://hl7.org/fhir"><url value="http://x.test/SearchParameter/from-xml"/>
      <name value="X"/><status value="active"/><description value="d"/><code value="from-xml"/>
      <base value="Organization"/><type value="token"/><expression value="Organization.type"/></SearchParameter>`;
    const answer = await http.send('POST', 'SearchParameter', {
      headers: { 'Content-Type': 'application/fhir+xml' },
      body: xml,
    });
    expect(answer.status).toBe(201);
    const bundle: Bundle<FhirResource> = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          resource: searchParameter({
            code: 'kind',
            base: ['Location'],
            expression: 'Location.physicalType',
          }),
          request: { method: 'POST', url: 'SearchParameter' },
        },
        {
          resource: { resourceType: 'Location', id: 'ward', physicalType: { coding: [{ code: 'wa' }] } },
          request: { method: 'PUT', url: 'Location/ward' },
        },
      ],
    };
    expect((await http.post('', bundle)).status).toBe(200);
    expect(matchIds(await whenIndexed(http, 'Location?kind=wa'))).toEqual(['ward']);
    expect((await whenIndexed(http, 'Organization?from-xml=x')).status).toBe(200);
  });
});

describe('a SearchParameter that changes or goes', () => {
  const parameter = { ...searchParameter({ code: 'mark' }), id: 'mark' };

  beforeAll(async () => {
    await put({
      ...patient('married', 'FR'),
      maritalStatus: { coding: [{ code: 'M' }] },
      gender: 'male',
    } as Patient);
    await put(parameter);
    expect(matchIds(await whenIndexed(http, 'Patient?mark=M'))).toEqual(['married']);
  });

  test('another expression: no answer by the old values', async () => {
    await put({ ...parameter, expression: 'Patient.gender' } as SearchParameter);
    expect(matchIds(await whenIndexed(http, 'Patient?mark=male'))).toEqual(['married']);
    expect(matchIds(await http.get('Patient?mark=M'))).toEqual([]);
  });

  test('another description: it goes on being there', async () => {
    await put({ ...parameter, expression: 'Patient.gender', description: 'Another' } as SearchParameter);
    expect((await http.get('Patient?mark=male')).status).toBe(200);
    expect((await offered('Patient', 'mark')).parameter?.documentation).toBe('Another');
  });

  test('retired by a patch: it is not known any more, and comes back whole', async () => {
    const patch = (status: string) =>
      http.send('PATCH', 'SearchParameter/mark', {
        headers: { 'Content-Type': 'application/json-patch+json' },
        body: [{ op: 'replace', path: '/status', value: status }],
      });
    expect((await patch('retired')).status).toBe(200);
    expect((await offered('Patient', 'mark')).parameter).toBeUndefined();
    expect((await http.get('Patient?mark=male', { Prefer: 'handling=strict' })).status).toBe(400);
    await put({ ...patient('later', 'FR'), gender: 'male' } as Patient);
    expect((await patch('active')).status).toBe(200);
    expect(matchIds(await whenIndexed(http, 'Patient?mark=male')).sort()).toEqual(['later', 'married']);
  });

  test('deleted: it goes, and its url and code are free again', async () => {
    expect((await http.delete('SearchParameter/mark')).status).toBe(204);
    expect((await offered('Patient', 'mark')).parameter).toBeUndefined();
    const ignored = await http.get('Patient?mark=male&_summary=count');
    expect(ignored.json<Bundle>().total).toBeGreaterThan(1);
    await created(http, searchParameter({ code: 'mark' }));
    expect(matchIds(await whenIndexed(http, 'Patient?mark=M'))).toEqual(['married']);
  });
});

describe('what the server cannot take is refused, with the element at fault', () => {
  test.each<[string, string, string, Partial<SearchParameter>]>([
    ['an element that the type does not have', 'not-supported', 'expression', { expression: 'Patient.nome' }],
    [
      'a function beyond the FHIRPath of search',
      'not-supported',
      'expression',
      { expression: 'Patient.name.repeat(family)' },
    ],
    [
      'a resource that would have to be fetched',
      'not-supported',
      'expression',
      { expression: 'Patient.link.other.resolve().gender' },
    ],
    ['text that is no FHIRPath', 'not-supported', 'expression', { expression: 'Patient.(' }],
    [
      'values that the type of the parameter cannot hold',
      'not-supported',
      'expression',
      { type: 'quantity' },
    ],
    [
      'a base to which the expression does not go',
      'not-supported',
      'expression',
      { base: ['Patient', 'Group'] },
    ],
    ['the type special', 'not-supported', 'type', { type: 'special' }],
    ['a composite without components', 'not-supported', 'component', { type: 'composite' }],
    ['a code with a colon', 'value', 'code', { code: 'a:b' }],
    ['a code of the result parameters', 'value', 'code', { code: '_count' }],
    ['a code of R4', 'duplicate', 'code', { code: 'gender' }],
    [
      'a code of R4 on one of its bases',
      'duplicate',
      'code',
      { code: 'onset-date', base: ['Patient', 'Condition'] },
    ],
    [
      'the url of R4 with another expression',
      'business-rule',
      'expression',
      { url: 'http://hl7.org/fhir/SearchParameter/individual-gender', code: 'gender' },
    ],
  ])('%s', async (_, code, element, changes) => {
    const answer = await http.post('SearchParameter', searchParameter({ code: 'wrong', ...changes }));
    expect(answer.status).toBe(422);
    expect(issueOf(answer)).toMatchObject({ code, expression: [`SearchParameter.${element}`] });
  });

  test('the refusal names the type and what of the expression cannot be compiled', async () => {
    const wrong = searchParameter({
      code: 'wrong',
      base: ['Patient', 'Person'],
      expression: 'Patient.gender | Person.gendre',
    });
    const { diagnostics } = issueOf(await http.post('SearchParameter', wrong));
    expect(diagnostics).toContain('for Person');
    expect(diagnostics).toContain('No element gendre');
  });

  test('a second active resource of a url, or of a code of a type', async () => {
    await created(http, searchParameter({ code: 'once' }));
    for (const second of [
      searchParameter({ code: 'twice', url: 'http://x.test/SearchParameter/once' }),
      searchParameter({ code: 'once', url: 'http://x.test/SearchParameter/other' }),
    ]) {
      const answer = await http.post('SearchParameter', second);
      expect(answer.status).toBe(409);
      expect(issueOf(answer).code).toBe('duplicate');
    }
    await created(
      http,
      searchParameter({
        code: 'once',
        url: 'http://x.test/SearchParameter/third',
        base: ['Practitioner'],
        expression: 'Practitioner.gender',
      }),
    );
  });

  test('draft is kept and has no effect', async () => {
    await created(http, searchParameter({ code: 'drafted', status: 'draft', expression: 'Patient.nome' }));
    expect((await offered('Patient', 'drafted')).parameter).toBeUndefined();
  });

  test('without an expression, which leaves to a server what it finds, it is kept and has no effect', async () => {
    const { expression: _, ...unsaid } = searchParameter({ code: 'unsaid' });
    await created(http, unsaid);
    expect((await offered('Patient', 'unsaid')).parameter).toBeUndefined();
  });
});

describe('a SearchParameter of R4 as it is published, or one derived from it', () => {
  const gender = loadDefinitions().searchParameters.find(({ url }) => url.endsWith('/individual-gender'))!;

  test('is kept, and the parameter goes on as it was', async () => {
    // The statement changes when the index of those that were added before is built.
    await whenIndexed(http, 'Practitioner?once=male');
    const tag = (await http.get('metadata')).headers['etag'];
    const { base, expression } = gender;
    const published = searchParameter({
      url: gender.url,
      code: 'gender',
      base: base as SearchParameter['base'],
      expression: expression!,
    });
    await created(http, published);
    await created(http, published);
    const derived = { url: 'http://x.test/SearchParameter/derived', derivedFrom: gender.url };
    await created(http, searchParameter({ ...derived, code: 'gender', expression: 'Patient.gender' }));
    expect((await http.get('Patient?gender=male')).status).toBe(200);
    expect((await http.get('metadata')).headers['etag']).toBe(tag);
  });
});
