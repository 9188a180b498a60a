import type { Resource } from '../../src/fhir/resource.ts';
import { conditionKey } from '../../src/search/parse.ts';
import { finds, parse, parseQuery, searchedPatient as patient, refusal } from '../support/search.ts';

describe('what is found', () => {
  test.each([
    ['identifier=42', true],
    ['identifier=urn:oid:1.2|42', true],
    ['identifier=urn:oid:1.2|', true],
    ['identifier=urn:oid:9|', false],
    ['identifier=|7', true],
    ['identifier=|42', false],
    ['identifier=4', false],
    ['gender=male,female', true],
    ['gender=male', false],
    ['gender=Female', false],
    ['gender:not=male', true],
    ['gender:not=male,female', false],
    ['address-use:not=home', true],
    ['active=true', true],
    ['active=false', false],
    ['family=dup', true],
    ['family=DUPONT', true],
    ['family=eluard', false],
    ['family:contains=ELUARD', true],
    ['family=dupont\\, nee', true],
    ['family=x,dupont', true],
    ['family:exact=Dupont\\, née Éluard', true],
    ['family:exact=Dupont', false],
    ['family:exact=dupont\\, née éluard', false],
    ['name=zoé', true],
    ['birthdate=1969', true],
    ['birthdate=1969-03-13', false],
    ['birthdate=gt1969-03-11&birthdate=lt1969-03-13', true],
    ['family=dup&given=paul', false],
    ['organization=o1', true],
    ['organization=Organization/o1', true],
    ['organization=Organization/o1/_history/4', true],
    ['organization=https://here.test/fhir/Organization/o1', true],
    ['organization=https://far.test/fhir/Organization/o1', false],
    ['organization:Organization=o1', true],
    ['organization:Organization=Organization/o1', true],
    ['organization=Patient/o1', false],
    ['organization=urn:uuid:1', false],
    ['_id=p1', true],
    ['_id=a,p1', true],
    ['_id=a', false],
    ['_id:not=a', true],
    ['_tag=t|x', true],
    ['_profile=http://x.test/p', true],
    ['_profile=http://x.test/p|1', true],
    ['_source=http://x.test/s', true],
    ['_source=http://x.test/S', false],
    ['deceased=false', true],
    ['email:missing=true', true],
    ['email:missing=false', false],
    ['birthdate:missing=false', true],
    ['general-practitioner:missing=true', true],
    ['_id:missing=true', false],
    ['_lastUpdated:missing=false', true],
  ])('Patient?%s: %s', (query, expected) => {
    const pairs = query.split('&').map((pair) => pair.split('=').map(encodeURIComponent).join('='));
    expect(finds(`Patient?${pairs.join('&')}`, patient)).toBe(expected);
  });

  test('canonical references with and without version', () => {
    const response: Resource = { resourceType: 'QuestionnaireResponse', questionnaire: 'http://x.test/q|2' };
    expect(finds('QuestionnaireResponse?questionnaire=http://x.test/q', response)).toBe(true);
    expect(finds('QuestionnaireResponse?questionnaire=http://x.test/q%7C2', response)).toBe(true);
    expect(finds('QuestionnaireResponse?questionnaire=http://x.test/q%7C3', response)).toBe(false);
  });

  test('a plus sign of a zone that the query string turned into a space', () => {
    const observation: Resource = {
      resourceType: 'Observation',
      effectiveDateTime: '2024-01-01T10:00:00+02:00',
    };
    expect(finds('Observation?date=2024-01-01T10:00:00+02:00', observation)).toBe(true);
    expect(finds('Observation?date=2024-01-01T10:00:00%2B02:00', observation)).toBe(true);
    expect(finds('Observation?date=2024-01-01T08:00', observation)).toBe(true);
    expect(finds('Observation?date=2024-01-01T10:00', observation)).toBe(false);
  });
});

describe('result parameters', () => {
  test('sort keys in order, over one or several _sort', () => {
    expect(parse('Patient?_sort=-birthdate,family&_sort=_id,-_lastUpdated').sort).toEqual([
      { parameter: 'birthdate', family: 'date', descending: true },
      { parameter: 'family', family: 'string', descending: false },
      { parameter: '_id', family: 'id', descending: false },
      { parameter: '_lastUpdated', family: 'lastUpdated', descending: true },
    ]);
  });

  test('count, total and count only', () => {
    const defaults = parse('Patient?');
    expect([defaults.count, defaults.total, defaults.countOnly]).toEqual([undefined, 'none', false]);
    expect(parse('Patient?_count=50&_total=accurate')).toMatchObject({
      count: 50,
      total: 'accurate',
      countOnly: false,
    });
    expect(parse('Patient?_count=0')).toMatchObject({ count: 0, countOnly: true });
    expect(parse('Patient?_summary=count', { reserved: ['_summary'] }).countOnly).toBe(true);
    expect(parse('Patient?_summary=true', { reserved: ['_summary'] }).countOnly).toBe(false);
  });

  test('includes', () => {
    const url =
      'MedicationRequest?_include=MedicationRequest:subject:Patient&_include=MedicationRequest:requester&_include=*';
    expect(parse(url).includes).toEqual([
      { source: 'MedicationRequest', parameter: 'subject', target: 'Patient' },
      { source: 'MedicationRequest', parameter: 'requester' },
      { source: '*', parameter: '*' },
    ]);
    expect(
      parse('Patient?_revinclude=Observation:subject&_revinclude=Encounter:patient:Patient').revincludes,
    ).toEqual([
      { source: 'Observation', parameter: 'subject' },
      { source: 'Encounter', parameter: 'patient', target: 'Patient' },
    ]);
  });

  test('an include of a type that is not searched is ignored, and refused when strict', () => {
    const url = 'Patient?_include=Observation:subject';
    expect(parse(url, { strict: false })).toMatchObject({ includes: [], applied: [], ignored: ['_include'] });
    expect(refusal(url)).toMatchObject({ status: 400, code: 'value', expression: '_include' });
  });

  test.each([
    ['Patient?_include=Patient:family', 'value', '_include'],
    ['Patient?_include=Patient', 'value', '_include'],
    ['Patient?_include=Patient:organization:Practitioner', 'value', '_include'],
    ['Patient?_revinclude=Observation:code', 'value', '_revinclude'],
    ['Patient?_revinclude=*', 'value', '_revinclude'],
    ['Patient?_revinclude=Nothing:subject', 'value', '_revinclude'],
    ['Patient?_revinclude=Observation:subject:Group', 'value', '_revinclude'],
    ['Patient?_include:x=Patient:organization', 'not-supported', '_include:x'],
    ['Patient?_revinclude:x=Observation:subject', 'not-supported', '_revinclude:x'],
    ['Patient?_include:iterate=Nothing:subject', 'value', '_include:iterate'],
    ['Patient?_sort=foo', 'value', '_sort'],
    ['Patient?_sort=birthdate,', 'value', '_sort'],
    ['Patient?_sort=-', 'value', '_sort'],
    ['Location?_sort=near', 'value', '_sort'],
    ['Patient?_sort:desc=birthdate', 'not-supported', '_sort:desc'],
    ['Patient?_count=-1', 'value', '_count'],
    ['Patient?_count=1.5', 'value', '_count'],
    ['Patient?_count=ten', 'value', '_count'],
    ['Patient?_total=all', 'value', '_total'],
  ])('%s is refused', (url, code, expression) => {
    expect(refusal(url, { strict: false })).toMatchObject({ status: 400, code, expression });
  });
});

describe('what is applied', () => {
  test('parameters that were used, in their order; empty ones are ignored, reserved ones passed over', () => {
    const url = 'Patient?_format=json&family=x&given=&_count=5&name=,&_sort=family&_pretty=';
    const { applied, ignored } = parse(url, { reserved: ['_format', '_pretty'] });
    expect(applied).toEqual([
      ['family', 'x'],
      ['_count', '5'],
      ['_sort', 'family'],
    ]);
    expect(ignored).toEqual(['given', 'name']);
  });

  test('nothing to narrow the search is an empty conjunction, which finds everything', () => {
    expect(finds('Patient?', patient)).toBe(true);
    expect(parse('Patient?').expression).toEqual({ kind: 'and', operands: [] });
  });

  test('names of parameters are case-sensitive', () => {
    expect(refusal('Patient?Family=x')).toMatchObject({ code: 'not-supported', expression: 'Family' });
  });

  test('names of object properties are no parameters', () => {
    expect(parse('Patient?constructor=x&__proto__=y', { strict: false }).ignored).toEqual([
      'constructor',
      '__proto__',
    ]);
  });
});

describe('conditionKey', () => {
  test('is the same for any order of the parameters', () => {
    const key = conditionKey('Patient', [
      ['identifier', 'urn:oid:1.2|42'],
      ['active', 'true'],
    ]);
    expect(key).toBe('Patient?active=true&identifier=urn%3Aoid%3A1.2%7C42');
    expect(
      conditionKey('Patient', [
        ['active', 'true'],
        ['identifier', 'urn:oid:1.2|42'],
      ]),
    ).toBe(key);
  });

  test('differs by type and by value, and a separator in a value adds no parameter', () => {
    const keys = [
      conditionKey('Patient', [['a', 'b']]),
      conditionKey('Person', [['a', 'b']]),
      conditionKey('Patient', [['a', 'B']]),
      conditionKey('Patient', [['a', 'b&c=d']]),
      conditionKey('Patient', [
        ['a', 'b'],
        ['c', 'd'],
      ]),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

test('a parsed search does not depend on how often it was parsed', () => {
  const query: [string, string][] = [['name', 'a,b']];
  expect(parseQuery('Patient', query)).toEqual(parseQuery('Patient', query));
});
