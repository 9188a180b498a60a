import fhirpath from 'fhirpath';
import r4Model from 'fhirpath/fhir-context/r4';
import { loadDefinitions } from '../../../src/fhir/definitions/load.ts';
import { compileExpression } from '../../../src/fhir/fhirpath/compile-expression.ts';
import { FhirPathError } from '../../../src/fhir/fhirpath/error.ts';
import { parseJson } from '../../../src/fhir/json.ts';
import { onObservation, onPatient } from './agreed-expressions.ts';
import { environmentOf, evaluate, holds, observation, patient } from './evaluating.ts';

const definitions = loadDefinitions();

/** A resource with the reliability and the identifiers of an INS (FR Core). */
function frenchPatient(status: string, identifiers: object[], birthPlaceCode?: string) {
  const base = 'https://hl7.fr/ig/fhir/core/StructureDefinition';
  const reliability = {
    url: `${base}/fr-core-identity-reliability`,
    extension: [{ url: 'identityStatus', valueCoding: { code: status } }],
  };
  const birthPlace = {
    url: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace',
    valueAddress: {
      extension: [{ url: `${base}/fr-core-address-insee-code`, valueCoding: { code: birthPlaceCode } }],
    },
  };
  const extension = birthPlaceCode === undefined ? [reliability] : [reliability, birthPlace];
  return { resourceType: 'Patient', extension, identifier: identifiers };
}

describe('expressions against another implementation', () => {
  const lines = (text: string) =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');

  test.each([
    ...lines(onPatient).map((expression) => [expression, patient] as const),
    ...lines(onObservation).map((expression) => [expression, observation] as const),
  ])('%s', (expression, resource) => {
    const other = fhirpath.evaluate(resource, expression, { resource, context: resource }, r4Model, {
      traceFn: () => {},
    }) as unknown[];
    expect(JSON.parse(JSON.stringify(evaluate(expression, resource)))).toEqual(
      JSON.parse(JSON.stringify(other)),
    );
  });
});

describe('where implementations differ', () => {
  test.each([
    ['name.given.skip(-1).count()', [3]],
    ['name.is(HumanName)', [false]],
    ["name.given ~ ('Paul' | 'Jo' | 'Jean')", [true]],
    ['(1 | 2) ~ (2 | 1)', [true]],
    ['%ucum & %loinc & %sct', ['http://unitsofmeasure.orghttp://loinc.orghttp://snomed.info/sct']],
    ['%`vs-administrative-gender`', ['http://hl7.org/fhir/ValueSet/administrative-gender']],
    ["%'ext-patient-birthTime'", ['http://hl7.org/fhir/StructureDefinition/patient-birthTime']],
    ['%vs-name.length() > 5', [true]],
    // Nothing starts with anything, so that R4's ref-1 holds without a reference.
    ["address.city.startsWith('x')", [false]],
    ["address.city.endsWith('x')", [false]],
    ["address.city.contains('x')", []],
    ["address.city.matches('x')", []],
    // R4's que-7 names the System type of an element.
    ['deceased is Boolean', [true]],
    ['active is System.Boolean', [false]],
    ['true is boolean', [false]],
    // A date is compared with a text as it is written.
    ["birthDate = '1980-05-17'", [true]],
    ["birthDate in ('1980-05-17' | 'x')", [true]],
    ["birthDate < '1981'", []],
    // A conversion does not hide a lack of precision.
    ['birthDate = @1980-05', []],
    ['birthDate <= @1980-05', []],
    ['name.period.start.first() < @2020-06', []],
    ['@2024-02-29T10:00:00Z - 36 hours', ['2024-02-27T22:00:00Z']],
    ['@2024-02-29T23:59:59.900+01:00 + 200 milliseconds', ['2024-03-01T00:00:00.100+01:00']],
    ['@0001-01-01 - 1 year', undefined],
    ['@T10:30 = @2024', [false]],
    ["4 'g' + 2 'g'", [{ value: 6, unit: 'g' }]],
    ["1 'g' = 1 'm'", []],
    ["'2 days'.toQuantity()", [{ value: 2, unit: 'day' }]],
    ["'2 fortnights'.convertsToQuantity()", [false]],
    ["(2 'mg').toString() & (2 days).toString()", ["2 'mg'2 day"]],
    ["name.trace('x', given).family", ['Dupont', { extension: [{ url: 'urn:none', valueCode: 'masked' }] }]],
  ])('%s', (expression, expected) => {
    if (expected === undefined) expect(() => evaluate(expression)).toThrow(FhirPathError);
    else expect(evaluate(expression)).toEqual(expected);
  });

  test('several values hold like one, nothing does not', () => {
    expect(holds('name.given')).toBe(true);
    expect(holds('name')).toBe(true);
    expect(holds('address')).toBe(false);
    expect(holds("gender = 'female'")).toBe(false);
    expect(holds('address.city.length() = 3')).toBe(false);
    expect(holds('deceased')).toBe(false);
  });
});

describe('the environment', () => {
  const practitioner = { resourceType: 'Practitioner', id: 'x' };
  const more = {
    resolve: (reference: string) => (reference === '#o' ? patient.contained[0] : undefined),
    memberOf: (value: unknown, valueSet: string) => (valueSet === 'urn:vs' ? value === 'male' : undefined),
    conformsTo: (value: unknown) => (value as { id?: string }).id === 'p',
    convert: (value: number, unit: string, target: string) =>
      unit === 'g' && target === 'mg'
        ? value * 1000
        : unit === 'mg' && target === 'g'
          ? value / 1000
          : undefined,
  };

  test('references lead to what is at hand', () => {
    expect(evaluate('managingOrganization.resolve().name', patient, more)).toEqual(['Hospital']);
    expect(evaluate('managingOrganization.resolve() is Organization', patient, more)).toEqual([true]);
    expect(evaluate('managingOrganization.resolve().iif(empty(), 1, 2)', patient, more)).toEqual([2]);
    expect(evaluate('managingOrganization.resolve().iif(empty(), 1, 2)')).toEqual([1]);
    expect(evaluate('generalPractitioner.resolve()', patient, { resolve: () => practitioner })).toEqual([]);
  });

  test('value sets and profiles are asked for, and what is not known is empty', () => {
    expect(evaluate("gender.memberOf('urn:vs')", patient, more)).toEqual([true]);
    expect(evaluate("gender.memberOf('urn:other')", patient, more)).toEqual([]);
    expect(evaluate("gender.memberOf('urn:vs')")).toEqual([]);
    expect(evaluate("conformsTo('urn:p')", patient, more)).toEqual([true]);
  });

  test('units convert', () => {
    const values = 'component.value.ofType(Quantity)';
    expect(evaluate(`${values}.first() > ${values}.last()`, observation, more)).toEqual([true]);
    expect(evaluate("1 'g' = 1000 'mg'", observation, more)).toEqual([true]);
    expect(evaluate(`${values}.first() > ${values}.last()`, observation)).toEqual([]);
  });

  test('a contained resource and its container', () => {
    const organization = patient.contained[0]!;
    const expression = compileExpression(
      '%resource.id & %rootResource.id & %context.name',
      'Organization',
      definitions,
    );
    const environment = { ...environmentOf(organization), rootResource: patient };
    expect(expression.evaluate({ value: organization }, environment)).toEqual(['opHospital']);
  });

  test('elements of all kinds are a focus', () => {
    const environment = environmentOf(patient);
    const at = (text: string, start: string) => compileExpression(text, start, definitions);
    const companion = { id: 'x', extension: [{ url: 'urn:e' }] };
    expect(
      at('hasValue() or (children().count() > id.count())', 'date').test(
        { value: undefined, companion },
        environment,
      ),
    ).toBe(true);
    expect(
      at('hasValue() or (children().count() > id.count())', 'date').test(
        { value: undefined, companion: { id: 'x' } },
        environment,
      ),
    ).toBe(false);
    expect(
      at("extension('urn:e').exists() and $this = @2020", 'date').test(
        { value: '2020', companion },
        environment,
      ),
    ).toBe(true);
    expect(
      at("name.family = 'Durand'", 'Patient.contact').test({ value: patient.contact[0] }, environment),
    ).toBe(true);
    expect(at('contained.id', 'DomainResource').evaluate({ value: patient }, environment)).toEqual(['o']);
    expect(at('name.family.first()', 'Resource').evaluate({ value: patient }, environment)).toEqual([
      'Dupont',
    ]);
    expect(
      at('code', 'Observation.valueQuantity').evaluate({ value: observation.valueQuantity }, environment),
    ).toEqual(['mm[Hg]']);
    const choice = at("low.empty() or low.code = '%'", 'RiskAssessment.prediction.probability[x]');
    expect(choice.test({ value: 0.5, type: 'decimal' }, environment)).toBe(true);
    expect(choice.test({ value: { low: { code: 'x' } }, type: 'Range' }, environment)).toBe(false);
    expect(() => choice.test({ value: 0.5 }, environment)).toThrow(FhirPathError);
  });
});

describe('constraints of FR Core', () => {
  const valid =
    "(extension('https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability').extension('identityStatus').value.exists(code = 'VALI'))";
  const nir = {
    system: 'urn:oid:1.2.250.1.213.1.4.8',
    use: 'official',
    type: { coding: [{ code: 'INS-NIR' }] },
  };
  const nirOfNoType = { system: 'urn:oid:1.2.250.1.213.1.4.8', use: 'official' };
  const nia = { system: 'urn:oid:1.2.250.1.213.1.4.9', use: 'official' };
  const local = { system: 'urn:oid:2', use: 'official' };
  const first = `${valid} implies (identifier.where(system = 'urn:oid:1.2.250.1.213.1.4.8' and use = 'official' and type.coding.exists(code = 'INS-NIR')).exists() or identifier.where(system = 'urn:oid:1.2.250.1.213.1.4.9' and use = 'official').exists())`;
  const second = `${valid} implies (identifier.where(use = 'official').count() = 1)`;
  const third = `${valid} implies extension('http://hl7.org/fhir/StructureDefinition/patient-birthPlace').value.extension('https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code').value.code != '99999'`;

  test.each([
    ['fr-core-1', first, frenchPatient('VALI', [nir]), true],
    ['fr-core-1', first, frenchPatient('VALI', [nia]), true],
    ['fr-core-1', first, frenchPatient('VALI', [nirOfNoType]), false],
    ['fr-core-1', first, frenchPatient('VALI', [local]), false],
    ['fr-core-1', first, frenchPatient('PROV', [local]), true],
    ['fr-core-2', second, frenchPatient('VALI', [nir]), true],
    ['fr-core-2', second, frenchPatient('VALI', [nir, local]), false],
    ['fr-core-2', second, frenchPatient('PROV', [nir, local]), true],
    ['fr-core-3', third, frenchPatient('VALI', [nir], '63220'), true],
    ['fr-core-3', third, frenchPatient('VALI', [nir], '99999'), false],
    // Nothing to compare: the constraint is empty, which fails.
    ['fr-core-3', third, frenchPatient('VALI', [nir]), false],
  ])('%s', (_, expression, resource, expected) => {
    expect(holds(expression, resource)).toBe(expected);
    const others = fhirpath.evaluate(resource, expression, { resource }, r4Model) as unknown[];
    expect(others[0] === true).toBe(expected);
  });
});

describe('decimals as they were written', () => {
  const written = parseJson(
    '{"resourceType":"Observation","valueQuantity":{"value":1.10},"component":[{"valueQuantity":{"value":1.1}},{"valueQuantity":{"value":1e1}}]}',
  ) as { resourceType: string };

  test.each([
    ['value.value = 1.1', true],
    ["value.value.toString() = '1.10'", true],
    ['value.value = component[0].value.value', true],
    ['(value.value | component.value.value).count() = 2', true],
    ['value.value > 1.09 and value.value < 1.11', true],
    ['value.value + 0.2 = 1.3', true],
    ['component[1].value.value = 10', true],
    ['value.value is decimal and value.value is Decimal', true],
  ])('%s', (expression, expected) => expect(holds(expression, written)).toBe(expected));
});

describe('narratives (narrative.html, txt-1 and txt-2)', () => {
  const check = compileExpression('htmlChecks() and htmlChecks2()', 'xhtml', definitions);
  const div = (content: string) => `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>`;

  test.each([
    [div('text'), true],
    [div('<p>a <b class="x">b</b><br/> &amp; &#233; &nbsp;</p>'), true],
    [div('<table border="1"><tr><td colspan="2">x</td></tr></table>'), true],
    [div('<img src="#i" alt="i"/>'), true],
    [div('<a href="http://x?a=1&amp;b=2">x</a><!-- note --><a name="y"/>'), true],
    [`<div xmlns="http://www.w3.org/1999/xhtml" lang='fr' xml:lang="fr">\n x</div> `, true],
    [div(''), false],
    [div(' \n<p> </p>'), false],
    ['<div>text</div>', false],
    ['<p xmlns="http://www.w3.org/1999/xhtml">text</p>', false],
    ['text', false],
    ['', false],
    [div('<script>x</script>'), false],
    [div('<p onclick="x()">x</p>'), false],
    [div('<a href=" javascript:x()">x</a>'), false],
    [div('<a href="java&#10;script&#x3a;x()">x</a>'), false],
    [div('<a href="&#1114112;javascript:x()">x</a>'), false],
    [div('<form><input/></form>'), false],
    [div('<p><b>a</b></p><ul><li><p>b</p></li></ul>'), true],
    [div('<p><b><ul><li>a</li></ul></b></p>'), false],
    [div('<p><p class="a">x</p></p>'), false],
    [div('<p>x'), false],
    [div('<p>x</b>'), false],
    [div('x</div><div>'), false],
    [`${div('x')}y`, false],
    [`x${div('x')}`, false],
    [div('a & b'), false],
    [div('a < b'), false],
    [div('<p class="a" class="b">x</p>'), false],
    [div('<p class=a>x</p>'), false],
    [div('<P>x</P>'), false],
    [div('<!-- x'), false],
    [div('<![CDATA[x]]>'), true],
    ['<div xmlns="urn:x">x</div>', false],
    [div('<img/>').repeat(2), false],
  ])('%s: %s', (html, expected) => {
    expect(check.test({ value: html }, environmentOf({}))).toBe(expected);
  });
});
