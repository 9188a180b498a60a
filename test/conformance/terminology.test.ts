import type { CapabilityStatement, Parameters, TerminologyCapabilities, ValueSet } from 'fhir/r4.d.ts';
import { issueOf, matchIds } from '../support/fhir-http.ts';
import {
  conceptMap,
  expanded,
  findings,
  gender,
  genders,
  house,
  rooms,
  sct,
  terminologyUnderTest,
  values,
} from '../support/stored-terminology.ts';
import { validCode } from '../support/terminology-server.ts';

const { http, other, put, post } = await terminologyUnderTest();

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
    const ofVersion = (version: string) =>
      http.get(`CodeSystem/$subsumes?system=${house}&version=${version}&codeA=room&codeB=garden`);
    expect([(await ofVersion('1')).status, (await ofVersion('9')).status]).toEqual([200, 404]);
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
    for (const query of [
      `url=${built}`,
      'targetsystem=http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender',
    ]) {
      const answer = await http.get(`ConceptMap/$translate?${query}&code=male&system=${gender}`);
      expect(answer.text).toContain('"code":"M"');
    }
  });

  test.each([
    ['code=kitchen', 400],
    ['url=http://example.org/none&code=kitchen', 404],
    [`url=${conceptMap.url}&conceptMapVersion=9&code=kitchen`, 404],
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

  test('and in the conditions of writes', async () => {
    const attic = { resourceType: 'Location', type: [{ coding: [{ system: house, code: 'room' }] }] };
    const create = (condition: string) => http.post('Location', attic, { 'If-None-Exist': condition });
    expect((await create(`type:in=${rooms.url}&_id=home`)).status).toBe(200);
    expect((await create(`type:below=${house}|room&_id=home`)).status).toBe(200);
    const url = `Location?type:in=${rooms.url}`;
    const entry = [
      { resource: attic, request: { method: 'POST', url: 'Location' } },
      {
        resource: { resourceType: 'Location', partOf: { reference: url } },
        request: { method: 'POST', url: 'Location' },
      },
    ];
    const inBundle = await http.post('', { resourceType: 'Bundle', type: 'transaction', entry });
    expect([inBundle.status, issueOf(inBundle).code]).toEqual([412, 'multiple-matches']);
    expect((await http.put(`Location?type:in=${rooms.url}`, { resourceType: 'Location' })).status).toBe(200);
    expect((await http.delete(`Location?type:in=${rooms.url}`)).status).toBe(204);
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
