import type { ValueSet } from 'fhir/r4.d.ts';
import { issueOf } from '../support/fhir-http.ts';
import {
  codeSystem,
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

const { http, post } = await terminologyUnderTest();

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
    [`url=${rooms.url}&date=${new Date().toISOString().slice(0, 10)}`, '2: room kitchen'],
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

  test('a page tells where it begins; a list tells the versions of what it names; nothing told is no list', async () => {
    const { expansion } = (await http.get(`ValueSet/$expand?url=${rooms.url}&count=1`)).json<ValueSet>();
    expect([expansion?.total, expansion?.offset]).toEqual([2, 0]);
    const list = (system: string, code: string) => {
      const compose = { include: [{ system, concept: [{ code }] }] };
      return http.post('ValueSet/$expand', { resourceType: 'ValueSet', status: 'active', compose });
    };
    const listed = (await list(house, 'kitchen')).json<ValueSet>().expansion;
    expect(listed?.parameter).toEqual([{ name: 'version', valueUri: `${house}|1` }]);
    expect((await list(sct, '1')).json<ValueSet>().expansion).not.toHaveProperty('parameter');
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
    [`url=${rooms.url}&force-system-version=${house}%7C9`, 422, 'business-rule'],
    [`url=${rooms.url}&valueSetVersion=9`, 404, 'not-found'],
    ['context=Patient.gender&contextDirection=sideways', 400, 'value'],
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

  test('a code without its system, and one of a version that is not held', async () => {
    expect(values(await http.get('ValueSet/rooms/$validate-code?code=kitchen'))).toEqual({
      result: true,
      display: 'Kitchen',
    });
    for (const path of [
      `ValueSet/rooms/$validate-code?code=kitchen&system=${house}&systemVersion=9`,
      `CodeSystem/$validate-code?url=${house}&code=kitchen&version=9`,
    ]) {
      expect(values(await http.get(path))).toEqual({
        result: true,
        message: 'The code kitchen is one of version 1: version 9 is not held here',
        display: 'Kitchen',
      });
    }
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
