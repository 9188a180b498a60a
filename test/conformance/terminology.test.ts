import type {
  CapabilityStatement,
  CodeSystem,
  Parameters,
  ParametersParameter,
  TerminologyCapabilities,
  ValueSet,
} from 'fhir/r4.d.ts';
import { type Answer, issueOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';
import { TerminologyServerLookAlike, validCode } from '../support/terminology-server.ts';

const other = new TerminologyServerLookAlike();
const http = serverUnderTest({
  TERMINOLOGY_SERVER: await other.start(),
  TERMINOLOGY_CACHE_MINUTES: '0',
  EXPLAIN: 'on',
});
afterAll(() => other.stop());

const genders = 'http://hl7.org/fhir/ValueSet/administrative-gender';
const gender = 'http://hl7.org/fhir/administrative-gender';
const sct = 'http://snomed.info/sct';
const house = 'http://example.org/house';

const codeSystem: CodeSystem = {
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
const rooms: ValueSet = {
  resourceType: 'ValueSet',
  id: 'rooms',
  url: 'http://example.org/rooms',
  version: '2',
  status: 'active',
  compose: { include: [{ system: house, filter: [{ property: 'concept', op: 'is-a', value: 'room' }] }] },
};
const findings: ValueSet = {
  resourceType: 'ValueSet',
  id: 'findings',
  url: 'http://example.org/findings',
  status: 'active',
  compose: { include: [{ system: sct, filter: [{ property: 'concept', op: 'is-a', value: '404684003' }] }] },
};
const conceptMap = {
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

/** The codes of an expansion, after its total. */
function expanded(answer: Answer): string {
  if (answer.status !== 200) throw new Error(answer.text);
  const { total, contains = [] } = answer.json<ValueSet>().expansion ?? {};
  return [`${total}:`, ...contains.map(({ code }) => code)].join(' ');
}

/** The parameters of an answer with one value, by name. */
function values(answer: Answer): Record<string, unknown> {
  if (answer.status !== 200) throw new Error(answer.text);
  const { parameter = [] } = answer.json<Parameters>();
  const value = (one: ParametersParameter) =>
    Object.entries(one).find(([key]) => key.startsWith('value'))?.[1];
  return Object.fromEntries(parameter.map((one) => [one.name, value(one) ?? one.part?.map(value)]));
}

const post = (path: string, ...parameter: ParametersParameter[]) =>
  http.post(path, { resourceType: 'Parameters', parameter });

describe('ValueSet/$expand (valueset-operation-expand.html)', () => {
  test.each([
    [`url=${genders}`, '4: male female other unknown'],
    [`url=${genders}&filter=male`, '2: male female'],
    [`url=${genders}&count=1&offset=2`, '4: other'],
    [`url=${genders}&count=0`, '4:'],
    ['context=Patient.gender', '4: male female other unknown'],
    [`context=http://hl7.org/fhir/StructureDefinition/Patient%23Patient.gender&filter=OTHER`, '1: other'],
    [`url=${rooms.url}`, '2: room kitchen'],
    [`url=${rooms.url}&valueSetVersion=2`, '2: room kitchen'],
    [`url=${rooms.url}&filter=cuisine`, '1: kitchen'],
    [`url=${rooms.url}&exclude-system=${house}`, '0:'],
    [`url=${rooms.url}&check-system-version=${house}%7C1`, '2: room kitchen'],
  ])('%s', async (query, codes) => expect(expanded(await http.get(`ValueSet/$expand?${query}`))).toBe(codes));

  test('on an instance, with its parameters and versions told', async () => {
    const answer = await http.get(
      'ValueSet/rooms/$expand?displayLanguage=fr&includeDefinition=true&activeOnly=true',
    );
    const { expansion, compose, url } = answer.json<ValueSet>();
    expect([url, compose]).toEqual([rooms.url, rooms.compose]);
    expect(expansion).toMatchObject({
      identifier: expect.stringMatching(/^urn:uuid:/),
      timestamp: expect.any(String),
      total: 2,
    });
    expect(expansion?.parameter).toEqual([
      { name: 'activeOnly', valueBoolean: true },
      { name: 'displayLanguage', valueCode: 'fr' },
      { name: 'includeDefinition', valueBoolean: true },
      { name: 'version', valueUri: `${house}|1` },
    ]);
    expect(expansion?.contains?.[1]).toEqual({
      system: house,
      version: '1',
      code: 'kitchen',
      display: 'Cuisine',
    });
  });

  test('of a value set that is sent, in Parameters or as the body', async () => {
    const compose = {
      include: [{ valueSet: [rooms.url as string] }, { system: gender, concept: [{ code: 'other' }] }],
    };
    const sent: ValueSet = { resourceType: 'ValueSet', status: 'active', compose };
    const asParameter = await post(
      'ValueSet/$expand',
      { name: 'valueSet', resource: sent },
      { name: 'count', valueInteger: 2 },
    );
    expect(expanded(asParameter)).toBe('3: room kitchen');
    expect(expanded(await http.post('ValueSet/$expand?filter=OTHER', sent))).toBe('1: other');
  });

  test('in XML', async () => {
    const body = `<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="url"/><valueUri value="${rooms.url}"/></parameter></Parameters>`;
    const answer = await http.post('ValueSet/$expand', body, {
      'Content-Type': 'application/fhir+xml',
      Accept: 'application/fhir+xml',
    });
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('<code value="kitchen"/>')]);
  });

  test.each([
    ['', 400, 'required'],
    [`url=${genders}&context=Patient.gender`, 400, 'invalid'],
    ['url=http://example.org/nothing', 404, 'not-found'],
    ['context=Patient.name', 404, 'not-found'],
    [`url=${findings.url}`, 422, 'not-supported'],
    [`url=${genders}&date=2020`, 400, 'not-supported'],
    [`url=${genders}&count=-1`, 400, 'value'],
    [`url=${genders}&count=1&count=2`, 400, 'structure'],
    [`url=${genders}&colour=red`, 400, 'not-supported'],
    [`url=${rooms.url}&check-system-version=${house}%7C9`, 422, 'business-rule'],
  ])('%s is refused: %d %s', async (query, status, code) => {
    const answer = await http.get(`ValueSet/$expand?${query}`);
    expect([answer.status, issueOf(answer).code]).toEqual([status, code]);
  });

  test('value sets that are sent are not believed to be well-formed', async () => {
    for (const compose of [
      {},
      { include: [null] },
      { include: [{ system: house, concept: [{}] }] },
      { include: 3 },
      { include: [{ system: house, concept: [{ code: 'room', designation: 7 }] }] },
    ]) {
      const answer = await http.post('ValueSet/$expand', {
        resourceType: 'ValueSet',
        status: 'active',
        compose,
      });
      expect([JSON.stringify(compose), answer.status]).toEqual([JSON.stringify(compose), 400]);
    }
    const concept = [{ code: 'room', display: 7 }];
    const sent = { name: 'codeSystem', resource: { ...codeSystem, concept } as never };
    const coding = { name: 'coding', valueCoding: { system: house, code: 'room' } };
    const wrong = await post('CodeSystem/$validate-code', sent, coding);
    expect([wrong.status, issueOf(wrong).expression]).toEqual([400, ['CodeSystem.concept[0].display']]);
    const group = [{ element: [{ code: 'room', target: 'x' }] }];
    const map = { name: 'conceptMap', resource: { ...conceptMap, group } as never };
    expect((await post('ConceptMap/$translate', map, coding)).status).toBe(400);
    expect((await http.get('ValueSet/nothing/$expand')).status).toBe(404);
  });
});

describe('validation of codes', () => {
  test.each([
    [`ValueSet/$validate-code?url=${genders}&code=male&system=${gender}`, true],
    [`ValueSet/$validate-code?url=${genders}&code=male&system=${gender}&display=Male`, true],
    [`ValueSet/$validate-code?url=${genders}&code=male&system=${gender}&display=Female`, false],
    [`ValueSet/$validate-code?url=${genders}&code=cat&system=${gender}`, false],
    [`ValueSet/$validate-code?context=Patient.gender&code=male`, true],
    [`ValueSet/rooms/$validate-code?code=kitchen&system=${house}`, true],
    [`ValueSet/rooms/$validate-code?code=garden&system=${house}`, false],
    [`CodeSystem/$validate-code?url=${house}&code=garden`, true],
    [`CodeSystem/$validate-code?url=${house}&code=cellar`, false],
    ['CodeSystem/house/$validate-code?code=garden&display=Jardin', false],
    ['CodeSystem/$validate-code?url=http://unitsofmeasure.org&code=mmol/L', true],
    ['CodeSystem/$validate-code?url=http://unitsofmeasure.org&code=mmolL', false],
  ])('%s: %s', async (path, result) => {
    expect(values(await http.get(path))).toMatchObject({
      result,
      ...(result ? {} : { message: expect.any(String) }),
    });
  });

  test('by coding and codeableConcept, of resources that are sent', async () => {
    const valueCodeableConcept = {
      coding: [
        { system: sct, code: '1' },
        { system: house, code: 'kitchen', display: 'Cuisine' },
      ],
    };
    const inSet = await post(
      'ValueSet/$validate-code',
      { name: 'valueSet', resource: rooms },
      { name: 'codeableConcept', valueCodeableConcept },
      { name: 'displayLanguage', valueCode: 'fr' },
    );
    expect(values(inSet)).toEqual({ result: true, display: 'Cuisine' });
    const coding = { name: 'coding', valueCoding: { system: house, code: 'attic' } };
    const attic = { ...codeSystem, concept: [{ code: 'attic' }] };
    expect(
      values(await post('CodeSystem/$validate-code', coding, { name: 'codeSystem', resource: attic })),
    ).toEqual({ result: true });
    expect(values(await post('CodeSystem/$validate-code', coding))).toMatchObject({ result: false });
  });

  test('nothing false is said of a code that cannot be decided', async () => {
    for (const path of [
      `ValueSet/$validate-code?url=${findings.url}&code=1&system=${sct}`,
      `CodeSystem/$validate-code?url=http://loinc.org&code=8480-6`,
    ]) {
      const answer = await http.get(path);
      expect([answer.status, issueOf(answer).code]).toEqual([422, 'not-supported']);
    }
    expect((await http.get('ValueSet/$validate-code?url=http://example.org/none&code=x')).status).toBe(404);
    expect((await http.get(`ValueSet/$validate-code?url=${genders}`)).status).toBe(400);
  });
});

describe('codes and their code system', () => {
  test('$lookup', async () => {
    const answer = await http.get(
      `CodeSystem/$lookup?system=${house}&code=kitchen&property=parent&property=designation`,
    );
    expect(answer.json<Parameters>().parameter).toEqual([
      { name: 'name', valueString: 'House' },
      { name: 'version', valueString: '1' },
      { name: 'display', valueString: 'Kitchen' },
      {
        name: 'designation',
        part: [
          { name: 'language', valueCode: 'fr' },
          { name: 'value', valueString: 'Cuisine' },
        ],
      },
      {
        name: 'property',
        part: [
          { name: 'code', valueCode: 'parent' },
          { name: 'value', valueCode: 'room' },
          { name: 'description', valueString: 'Room' },
        ],
      },
    ]);
    const coding = await post('CodeSystem/$lookup', {
      name: 'coding',
      valueCoding: { system: 'http://unitsofmeasure.org', code: 'kg' },
    });
    expect(values(coding)).toEqual({ name: 'UCUM', display: 'kilogram' });
    expect((await http.get(`CodeSystem/$lookup?system=${house}&code=cellar`)).status).toBe(404);
    expect((await http.get('CodeSystem/$lookup?code=cellar')).status).toBe(400);
    expect((await http.get(`CodeSystem/house/$lookup?code=room`)).status).toBe(404);
  });

  test('$subsumes', async () => {
    const outcome = async (path: string) => values(await http.get(path))['outcome'];
    expect(await outcome(`CodeSystem/$subsumes?system=${house}&codeA=room&codeB=kitchen`)).toBe('subsumes');
    expect(await outcome('CodeSystem/house/$subsumes?codeA=kitchen&codeB=room')).toBe('subsumed-by');
    const valueCoding = (code: string, system = house) => ({ valueCoding: { system, code } });
    const garden = await post(
      'CodeSystem/$subsumes',
      { name: 'codingA', ...valueCoding('garden') },
      { name: 'codingB', ...valueCoding('room') },
    );
    expect(values(garden)).toEqual({ outcome: 'not-subsumed' });
    const mixed = await post(
      'CodeSystem/$subsumes',
      { name: 'codingA', ...valueCoding('1', sct) },
      { name: 'codingB', ...valueCoding('room') },
    );
    expect(mixed.status).toBe(422);
    expect((await http.get(`CodeSystem/$subsumes?system=${house}&codeA=room`)).status).toBe(400);
    expect((await http.get(`CodeSystem/$subsumes?system=${sct}&codeA=1&codeB=2`)).status).toBe(404);
  });

  test('a code system stored in parts is one, and decides once all parts are there', async () => {
    const system = 'http://example.org/parts';
    const part = (n: number, concept: object[]) => ({
      resourceType: 'CodeSystem',
      id: `part-${n}`,
      url: system,
      version: '1',
      status: 'active',
      content: 'fragment',
      count: 4,
      concept,
    });
    const below = (code: string, valueCode: string) => ({
      code,
      display: `The ${code}`,
      property: [{ code: 'parent', valueCode }],
    });
    await put(part(1, [{ code: 'a', display: 'The a' }, below('b', 'a')]));
    await put({
      ...rooms,
      id: 'parts',
      url: 'http://example.org/parts-set',
      compose: { include: [{ system }] },
    } as ValueSet);
    const validate = (code: string) => http.get(`CodeSystem/$validate-code?url=${system}&code=${code}`);
    expect(values(await validate('b'))['result']).toBe(true);
    expect((await validate('z')).status).toBe(422);
    await put(part(2, [below('c', 'b'), below('d', 'a')]));
    expect(values(await validate('z'))['result']).toBe(false);
    expect(expanded(await http.get('ValueSet/parts/$expand?filter=the&count=2&offset=1'))).toBe('4: b c');
    expect(values(await http.get(`CodeSystem/part-1/$subsumes?codeA=a&codeB=c`))['outcome']).toBe('subsumes');
    await put(part(2, [below('c', 'b'), below('e', 'a')]));
    expect(expanded(await http.get('ValueSet/parts/$expand'))).toBe('4: a b c e');
    expect((await http.delete('CodeSystem/part-2')).status).toBeLessThan(300);
    expect(expanded(await http.get('ValueSet/parts/$expand'))).toBe('2: a b');
  });
});

describe('ConceptMap/$translate (conceptmap-operation-translate.html)', () => {
  const match = [
    { name: 'result', valueBoolean: true },
    {
      name: 'match',
      part: [
        { name: 'equivalence', valueCode: 'wider' },
        { name: 'concept', valueCoding: { system: 'http://example.org/noises', code: 'clatter' } },
        { name: 'source', valueUri: conceptMap.url },
      ],
    },
  ];

  test.each([
    `ConceptMap/$translate?url=${conceptMap.url}&code=kitchen&system=${house}`,
    `ConceptMap/sounds/$translate?code=kitchen&system=${house}`,
    `ConceptMap/$translate?code=kitchen&system=${house}&targetsystem=http://example.org/noises`,
  ])('%s', async (path) => expect((await http.get(path)).json<Parameters>().parameter).toEqual(match));

  test('backwards, with maps that are sent, and without a translation', async () => {
    const back = await post(
      'ConceptMap/$translate',
      { name: 'coding', valueCoding: { system: 'http://example.org/noises', code: 'clatter' } },
      { name: 'reverse', valueBoolean: true },
    );
    expect(back.text).toContain('"code":"kitchen"');
    const concept = {
      name: 'codeableConcept',
      valueCodeableConcept: { coding: [{ system: house, code: 'kitchen' }] },
    };
    const dependency = {
      name: 'dependency',
      part: [
        { name: 'element', valueUri: 'urn:x' },
        { name: 'concept', valueCodeableConcept: { text: 'x' } },
      ],
    };
    const sent = { name: 'conceptMap', resource: conceptMap as never };
    expect(
      (await post('ConceptMap/$translate', sent, concept, dependency)).json<Parameters>().parameter,
    ).toEqual(match);
    expect(values(await http.get(`ConceptMap/sounds/$translate?code=garden&system=${house}`))).toMatchObject({
      result: false,
    });
    const built = 'http://hl7.org/fhir/ConceptMap/cm-administrative-gender-v3';
    expect((await http.get(`ConceptMap/$translate?url=${built}&code=male&system=${gender}`)).text).toContain(
      '"code":"M"',
    );
  });

  test.each([
    ['code=kitchen', 400],
    ['url=http://example.org/none&code=kitchen', 404],
    [`system=${house}`, 400],
  ])('%s is refused', async (query, status) => {
    const answer = await http.get(`ConceptMap/$translate?${query}`);
    expect([answer.status, issueOf(answer).severity]).toEqual([status, 'error']);
  });
});

describe('what is not decided here is asked of the other terminology server', () => {
  const expansion = {
    timestamp: '2026-01-01T00:00:00Z',
    total: 1,
    contains: [{ system: sct, code: '22298006', display: 'Myocardial infarction' }],
  };

  test('codes, their details and expansions; the display is checked here', async () => {
    other.answer = { body: validCode };
    const path = `ValueSet/$validate-code?url=${findings.url}&code=22298006&system=${sct}`;
    expect(values(await http.get(path))).toEqual({ result: true, display: 'Finding' });
    expect(values(await http.get(`${path}&display=Jane`))).toMatchObject({ result: false });
    expect(JSON.stringify(other.asked)).not.toContain('Jane');
    other.answer = { body: { ...findings, expansion } };
    expect(expanded(await http.get(`ValueSet/$expand?url=${findings.url}`))).toBe('1: 22298006');
    expect(expanded(await http.get('ValueSet/$expand?url=http://example.org/elsewhere'))).toBe('1: 22298006');
    const details = {
      resourceType: 'Parameters',
      parameter: [{ name: 'display', valueString: 'Infarction' }],
    };
    other.answer = { body: details };
    expect((await http.get(`CodeSystem/$lookup?system=${sct}&code=22298006`)).json()).toEqual(details);
  });

  test('stored value sets and hierarchies count in searches', async () => {
    await put({
      resourceType: 'Location',
      id: 'home',
      type: [{ coding: [{ system: house, code: 'kitchen' }] }],
    } as never);
    expect(matchIds(await http.get(`Location?type:in=${rooms.url}`))).toEqual(['home']);
    expect(matchIds(await http.get(`Location?type:below=${house}|room`))).toEqual(['home']);
    expect((await http.get(`Location/$explain?type:in=${rooms.url}`)).status).toBe(200);
  });

  test('what is decided here is not asked', async () => {
    await http.get(`ValueSet/$validate-code?url=${genders}&code=cat&system=${gender}`);
    await http.get(`ValueSet/$expand?url=${rooms.url}`);
    await http.get(`CodeSystem/$lookup?system=${house}&code=room`);
    expect(other.asked).toEqual([]);
  });

  test('the value set of a search', async () => {
    const condition = (id: string, code: string) =>
      put({
        resourceType: 'Condition',
        id,
        subject: { reference: 'Patient/x' },
        code: { coding: [{ system: sct, code }] },
      } as never);
    await condition('infarct', '22298006');
    await condition('cold', '82272006');
    expect((await http.get(`Condition?code:in=${findings.url}`)).status).toBe(400);
    other.answer = { body: { ...findings, expansion } };
    expect(matchIds(await http.get(`Condition?code:in=${findings.url}`))).toEqual(['infarct']);
    expect(matchIds(await http.get(`Condition?code:not-in=${findings.url}`))).toEqual(['cold']);
    other.answer = { body: { ...findings, expansion: { ...expansion, total: 100_000 } } };
    expect((await http.get(`Condition?code:in=${findings.url}`)).status).toBe(400);
  });
});

test('the operations and what they do are told in /metadata', async () => {
  const { rest } = (await http.get('metadata')).json<CapabilityStatement>();
  const operations = (type: string) =>
    rest?.[0]?.resource?.find((one) => one.type === type)?.operation?.map(({ definition }) => definition);
  const definition = (name: string) => `http://hl7.org/fhir/OperationDefinition/${name}`;
  expect(operations('ValueSet')).toEqual(
    expect.arrayContaining(['ValueSet-expand', 'ValueSet-validate-code'].map(definition)),
  );
  expect(operations('CodeSystem')).toEqual(
    expect.arrayContaining(
      ['CodeSystem-lookup', 'CodeSystem-validate-code', 'CodeSystem-subsumes'].map(definition),
    ),
  );
  expect(operations('ConceptMap')).toContain(definition('ConceptMap-translate'));
  const terminology = (await http.get('metadata?mode=terminology')).json<TerminologyCapabilities>();
  expect(terminology).toMatchObject({
    expansion: { paging: true, hierarchical: true },
    validateCode: { translations: false },
  });
  expect(terminology.codeSystem).toContainEqual({ uri: 'http://unitsofmeasure.org', subsumption: false });
});
