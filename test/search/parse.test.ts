import { FhirError } from '../../src/fhir/error.ts';
import type { Resource } from '../../src/fhir/resource.ts';
import { conditionKey } from '../../src/search/parse.ts';
import { finds, parse, parseQuery } from '../support/search.ts';

function refusal(url: string, options: { strict?: boolean } = {}) {
  try {
    parse(url, options);
  } catch (error) {
    if (error instanceof FhirError) {
      const [issue] = error.issues;
      return {
        status: error.status,
        code: issue?.code,
        expression: issue?.expression,
        text: issue?.diagnostics ?? '',
      };
    }
    throw error;
  }
  return undefined;
}

const patient: Resource = {
  resourceType: 'Patient',
  id: 'p1',
  identifier: [{ system: 'urn:oid:1.2', value: '42' }, { value: '7' }],
  active: true,
  gender: 'female',
  name: [{ family: 'Dupont, née Éluard', given: ['Zoé'] }],
  birthDate: '1969-03-12',
  managingOrganization: { reference: 'Organization/o1' },
  meta: { tag: [{ system: 't', code: 'x' }], profile: ['http://x.test/p|1'], source: 'http://x.test/s' },
};

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

describe('chains', () => {
  const observation: Resource = {
    resourceType: 'Observation',
    id: 'o',
    subject: { reference: 'Patient/p1' },
  };
  const device: Resource = { resourceType: 'Device', id: 'p1', identifier: [{ value: '42' }] };

  test.each([
    ['patient.family=dup', true],
    ['patient.family=x', false],
    ['patient.family:exact=Zoé', false],
    ['patient.identifier=urn:oid:1.2|42', true],
    ['patient._id=p1', true],
    ['patient._id=p2', false],
    ['patient.birthdate=ge1969', true],
    ['patient.gender:not=male', true],
    ['patient.email:missing=true', true],
    ['subject:Patient.identifier=42', true],
    ['subject:Device.identifier=42', false],
    ['subject.identifier=42', true],
    ['subject.identifier=43', false],
  ])('Observation?%s: %s', (query, expected) => {
    expect(finds(`Observation?${query}`, observation, [patient, device])).toBe(expected);
  });

  test('a chain without a type covers each target type that has the parameter', () => {
    const { expression } = parse('Observation?subject.birthdate=1969');
    expect(expression).toMatchObject({ kind: 'chain', parameter: 'subject', targetType: 'Patient' });
    const { expression: several } = parse('Observation?subject.identifier=1');
    const targets =
      several.kind === 'or'
        ? several.operands.map((operand) => 'targetType' in operand && operand.targetType)
        : [];
    expect(targets.sort()).toEqual(['Device', 'Group', 'Location', 'Patient']);
  });

  test('a chain over too many types asks for one', () => {
    expect(refusal('Provenance?target.identifier=1')).toMatchObject({ status: 400, code: 'too-costly' });
    expect(refusal('Provenance?target:Patient.identifier=1')).toBeUndefined();
  });

  test.each(['Observation?code.text=x', 'Observation?subject:Practitioner.name=x'])(
    '%s is refused, lenient or not',
    (url) => {
      for (const strict of [true, false]) {
        expect(refusal(url, { strict })).toMatchObject({ status: 400, code: 'not-supported' });
      }
    },
  );
});

describe('chains over several references, and _has', () => {
  const hospital: Resource = { resourceType: 'Organization', id: 'h', name: 'Hôpital' };
  const ward: Resource = {
    resourceType: 'Organization',
    id: 'w',
    name: 'Ward',
    partOf: { reference: 'Organization/h' },
  };
  const inWard: Resource = {
    resourceType: 'Patient',
    id: 'p2',
    managingOrganization: { reference: 'Organization/w' },
  };
  const observation: Resource = {
    resourceType: 'Observation',
    id: 'o2',
    code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
    subject: { reference: 'Patient/p2' },
  };
  const group: Resource = {
    resourceType: 'Group',
    id: 'g',
    member: [{ entity: { reference: 'Patient/p2' } }],
  };
  const all = [hospital, ward, inWard, observation, group];

  test.each<[string, Resource, boolean]>([
    ['Observation?patient.organization.name=ward', observation, true],
    ['Observation?patient.organization.partof.name=hop', observation, true],
    ['Observation?patient.organization.partof.name=ward', observation, false],
    ['Observation?subject.organization.partof._id=h', observation, true],
    [
      'Observation?subject:Patient.organization:Organization.partof:Organization.name:exact=Hôpital',
      observation,
      true,
    ],
    ['Patient?_has:Observation:patient:code=29463-7', inWard, true],
    ['Patient?_has:Observation:patient:code=x', inWard, false],
    ['Patient?_has:Observation:patient:code:not=x', inWard, true],
    ['Patient?_has:Observation:subject:_id=o2', inWard, true],
    ['Organization?_has:Patient:organization:_has:Observation:patient:code=29463-7', ward, true],
    ['Organization?_has:Patient:organization:_has:Observation:patient:code=29463-7', hospital, false],
    ['Organization?_has:Organization:partof:_has:Patient:organization:_id=p2', hospital, true],
    ['Observation?patient._has:Group:member:_id=g', observation, true],
    ['Observation?patient._has:Group:member:_id=h', observation, false],
    ['Observation?subject._has:Group:member:_id=g', observation, true],
    ['Patient?_has:Observation:patient:subject.organization.name=ward', inWard, true],
    ['Patient?_has:Observation:patient:subject.organization.name=other', inWard, false],
  ])('%s on %p', (url, resource, expected) => {
    expect(finds(url, resource, all)).toBe(expected);
  });

  test('a criterion follows five references and no more', () => {
    const chain = (links: number) => `Patient?${'organization'}${'.partof'.repeat(links - 1)}.name=x`;
    expect(refusal(chain(5))).toBeUndefined();
    expect(refusal(chain(6))).toMatchObject({ status: 400, code: 'too-costly' });
    const has = '_has:Group:member:'.repeat(6);
    expect(refusal(`Patient?${has}_id=x`)).toMatchObject({ status: 400, code: 'too-costly' });
  });

  test('a chain without types that goes too many ways is refused', () => {
    const ways = refusal('Encounter?diagnosis.subject.general-practitioner.identifier=x');
    expect(ways).toBeUndefined();
    const many = refusal('Task?focus.subject.identifier=x');
    expect(many).toMatchObject({ status: 400, code: 'too-costly' });
  });

  test.each([
    'Patient?_has:Observation:patient=x',
    'Patient?_has:Observation:code:code=x',
    'Patient?_has:Nothing:patient:code=x',
    'Patient?_has:Encounter:location:status=x',
  ])('%s is refused, lenient or not', (url) => {
    for (const strict of [true, false]) {
      expect(refusal(url, { strict })).toMatchObject({ status: 400, code: 'not-supported' });
    }
  });

  test('an unknown parameter at the end of _has is unknown', () => {
    expect(parse('Patient?_has:Observation:patient:foo=x', { strict: false }).ignored).toHaveLength(1);
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

describe('errors', () => {
  test.each([
    ['Observation?date=secret', 'date'],
    ['Observation?date=xx2024', 'date'],
    ['Observation?date=gt', 'date'],
    ['Observation?date=2024-02-30', 'date'],
    ['Observation?date=2024-01-01T24:00', 'date'],
    ['Observation?date=2024,secret', 'date'],
    ['Observation?patient.birthdate=secret', 'patient.birthdate'],
    ['Observation?_lastUpdated=secret', '_lastUpdated'],
    ['RiskAssessment?probability=secret', 'probability'],
    ['RiskAssessment?probability=gt', 'probability'],
    ['RiskAssessment?probability=zz1', 'probability'],
    ['Observation?value-quantity=secret', 'value-quantity'],
    ['Observation?value-quantity=5|secret', 'value-quantity'],
    ['Observation?value-quantity=|a|secret', 'value-quantity'],
    ['Observation?value-quantity=5|a|b|secret', 'value-quantity'],
    ['Observation?code:missing=secret', 'code:missing'],
    ['Observation?code=|', 'code'],
    ['Observation?code=a|b|secret', 'code'],
    ['Observation?subject=Patient/secret/', 'subject'],
    ['Observation?subject=%23secret', 'subject'],
    ['Observation?subject:Patient=Group/secret', 'subject:Patient'],
    ['Patient?name=%20', 'name'],
    ['Observation?code:in=secret', 'code:in'],
    ['Observation?code:not-in=secret', 'code:not-in'],
    ['Patient?identifier:of-type=secret', 'identifier:of-type'],
    ['Patient?identifier:of-type=a|b|', 'identifier:of-type'],
    ['Patient?identifier:of-type=a|b|c|secret', 'identifier:of-type'],
    ['Observation?code:below=secret', 'code:below'],
    ['Observation?code:below=http://secret|a', 'code:below'],
    ['Observation?code:above=|secret', 'code:above'],
    ['Observation?code:above=http://terminology.hl7.org/CodeSystem/v3-ActCode|', 'code:above'],
    ['Observation?code:below=__proto__|secret', 'code:below'],
    ['ValueSet?url:below=urn:secret', 'url:below'],
    ['ValueSet?url:above=secret', 'url:above'],
    ['Observation?code-value-quantity=secret', 'code-value-quantity'],
    ['Observation?code-value-quantity=secret$', 'code-value-quantity'],
    ['Observation?code-value-quantity=a$secret', 'code-value-quantity'],
    ['Observation?code-value-quantity=a|$5', 'code-value-quantity'],
    ['Observation?code-value-quantity=a$5$secret', 'code-value-quantity'],
  ])('%s: the value is refused by name and never repeated', (url, expression) => {
    for (const strict of [true, false]) {
      const { text, ...rest } = refusal(url, { strict }) ?? { text: '' };
      expect(rest).toEqual({ status: 400, code: 'value', expression });
      expect(text).toContain(expression);
      expect(text).not.toMatch(/secret/);
    }
  });

  test.each([
    ['Patient?family:text=x', ':missing, :exact, :contains'],
    ['Patient?gender:contains=x', ':missing, :not, :text, :in, :not-in, :above, :below, :of-type'],
    ['Patient?gender:exact=x', ':missing, :not, :text, :in, :not-in, :above, :below, :of-type'],
    ['Patient?birthdate:exact=1969', ':missing'],
    ['Patient?organization:Patient=x', ':missing, :identifier, :above, :below, :Organization'],
    ['Patient?link:below=x', ':missing, :identifier, :Patient, :RelatedPerson'],
    ['Patient?family:exact:missing=true', ':missing, :exact, :contains'],
    ['Patient?_profile:exact=x', ':missing, :below, :above'],
    ['Observation?code-value-quantity:not=a$1', ':missing'],
    ['Patient?_text:exact=x', 'none'],
    ['Patient?_id:exact=x', ':missing, :not'],
    ['Patient?family:=x', ':missing, :exact, :contains'],
  ])('%s: a modifier that is not supported is always refused', (url, supported) => {
    for (const strict of [true, false]) {
      const { text, ...rest } = refusal(url, { strict }) ?? { text: '' };
      expect(rest).toMatchObject({ status: 400, code: 'not-supported' });
      expect(text.endsWith(supported)).toBe(true);
    }
  });

  test.each(['foo', 'foo:exact', 'foo.bar', 'organization.foo', '_query'])(
    'the unknown parameter %s is refused when strict and ignored when lenient',
    (name) => {
      const issue = refusal(`Patient?${name}=secret`);
      expect(issue).toMatchObject({ status: 400, code: 'not-supported', expression: name });
      expect(issue?.text).toMatch(/Supported: .*birthdate, .*family/);
      expect(issue?.text).not.toMatch(/secret/);
      const { ignored, applied, expression } = parse(`Patient?${name}=1&family=x`, { strict: false });
      expect(ignored).toEqual([name]);
      expect(applied).toEqual([['family', 'x']]);
      expect(expression).toMatchObject({ kind: 'string', parameter: 'family' });
    },
  );

  test.each(['1', '1$2', '1$2$3$4', '$2$3', '1$$3', '1$2$', '|$2$3', '1$x$3', '1$2$x'])(
    'a composite of three components: %s is malformed',
    (value) => {
      const url = `MolecularSequence?chromosome-window-coordinate=${value}`;
      expect(refusal(url)).toMatchObject({ code: 'value' });
    },
  );

  test('a composite takes no modifier but missing', () => {
    expect(refusal('Observation?code-value-quantity:not=a$1')).toMatchObject({ code: 'not-supported' });
    expect(refusal('Observation?code-value-quantity:missing=x')).toMatchObject({ code: 'value' });
    expect(refusal('Location?near:above=1|1')).toMatchObject({ code: 'not-supported' });
    expect(refusal('Location?near:missing=')).toBeUndefined();
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
