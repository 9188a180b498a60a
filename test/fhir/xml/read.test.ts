import fc from 'fast-check';
import { FhirError, type Issue } from '../../../src/fhir/error.ts';
import { readXml } from '../../../src/fhir/xml/read.ts';

const fhir = 'xmlns="http://hl7.org/fhir"';
const div = '<div xmlns="http://www.w3.org/1999/xhtml">';

function read(xml: string): unknown {
  return JSON.parse(JSON.stringify(readXml(Buffer.from(xml))));
}

function patient(content: string): unknown {
  return read(`<Patient ${fhir}>${content}</Patient>`);
}

function refusalOf(xml: string | Buffer): Issue {
  try {
    readXml(Buffer.from(xml));
  } catch (error) {
    expect(error).toBeInstanceOf(FhirError);
    const { status, issues } = error as FhirError;
    expect([status, issues.length]).toEqual([400, 1]);
    return issues[0]!;
  }
  throw new Error('the document was accepted');
}

function refusalOfPatient(content: string): Issue {
  return refusalOf(`<Patient ${fhir}>${content}</Patient>`);
}

describe('readXml', () => {
  test('reads primitives by their JSON type, digit for digit', () => {
    const xml = `<Observation ${fhir}><id value="o"/><valueQuantity><value value="1.10"/></valueQuantity></Observation>`;
    expect(JSON.stringify(readXml(Buffer.from(xml)))).toBe(
      '{"resourceType":"Observation","id":"o","valueQuantity":{"value":1.10}}',
    );
    expect(patient('<active value="false"/><multipleBirthInteger value="2"/>')).toEqual({
      resourceType: 'Patient',
      active: false,
      multipleBirthInteger: 2,
    });
  });

  test('makes an array of what may repeat, and only of that', () => {
    expect(patient('<name><family value="A"/><given value="B"/></name>')).toEqual({
      resourceType: 'Patient',
      name: [{ family: 'A', given: ['B'] }],
    });
  });

  test('keeps the place of values that have extensions alone', () => {
    const extension = '<extension url="http://x"><valueCode value="unknown"/></extension>';
    const found = patient(`<name><given value="A"/><given id="g">${extension}</given></name>`);
    expect(found).toMatchObject({
      name: [
        {
          given: ['A', null],
          _given: [null, { id: 'g', extension: [{ url: 'http://x', valueCode: 'unknown' }] }],
        },
      ],
    });
    expect(patient(`<birthDate>${extension}</birthDate>`)).toEqual({
      resourceType: 'Patient',
      _birthDate: { extension: [{ url: 'http://x', valueCode: 'unknown' }] },
    });
  });

  test('unwraps contained resources and entries, and follows content references', () => {
    expect(patient('<contained><Basic><id value="b"/></Basic></contained>')).toEqual({
      resourceType: 'Patient',
      contained: [{ resourceType: 'Basic', id: 'b' }],
    });
    const items = '<item><linkId value="1"/><item><linkId value="1.1"/></item></item>';
    expect(read(`<Questionnaire ${fhir}>${items}</Questionnaire>`)).toEqual({
      resourceType: 'Questionnaire',
      item: [{ linkId: '1', item: [{ linkId: '1.1' }] }],
    });
    expect(read(`<Bundle ${fhir}><entry><resource><Basic/></resource></entry></Bundle>`)).toEqual({
      resourceType: 'Bundle',
      entry: [{ resource: { resourceType: 'Basic' } }],
    });
  });

  test('knows an element that is named resourceType', () => {
    const xml = `<ExampleScenario ${fhir}><instance><resourceType value="Patient"/></instance></ExampleScenario>`;
    expect(read(xml)).toMatchObject({ instance: [{ resourceType: 'Patient' }] });
  });

  test('keeps the narrative as it is written', () => {
    const markup = `${div.replace('>', " class='a'>")}<p>a &amp; b &#233;<br/></p><!-- c --> </div>`;
    expect(patient(`<text><status value="generated"/>${markup}</text>`)).toMatchObject({
      text: { div: markup },
    });
  });

  test('puts elements into the order of the specification', () => {
    const found = readXml(
      Buffer.from(`<Patient ${fhir}><birthDate value="2000"/><name/><id value="p"/></Patient>`),
    );
    expect(Object.keys(found)).toEqual(['resourceType', 'id', 'name', 'birthDate']);
  });

  test('reads any prefix for the namespace, comments, processing instructions and a byte order mark', () => {
    const xml =
      '\ufeff<?xml version="1.0" encoding="utf-8"?>\n<!-- c --><?pi x?><f:Patient xmlns:f="http://hl7.org/fhir">\n' +
      '<f:id value="p"/> <!-- c --> </f:Patient>\n';
    expect(read(xml)).toEqual({ resourceType: 'Patient', id: 'p' });
  });

  test('passes over the hint on a schema', () => {
    const hint =
      'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://hl7.org/fhir patient.xsd"';
    expect(read(`<Patient ${fhir} ${hint}/>`)).toEqual({ resourceType: 'Patient' });
  });

  test.each([
    ['an unknown element', '<nickname value="x"/>', 'Patient.nickname'],
    ['an unknown element deep inside', '<name/><name><nick/></name>', 'Patient.name[1].nick'],
    ['an element that is an attribute', '<name><id value="x"/></name>', 'Patient.name[0].id'],
    ['an unknown attribute', '<name use="official"/>', 'Patient.name[0].use'],
    ['a value on what is no primitive', '<name value="x"/>', 'Patient.name[0].value'],
    ['a url where none stands', '<birthDate url="x"/>', 'Patient.birthDate.url'],
    ['an attribute of a foreign namespace', '<name xml:lang="fr"/>', 'Patient.name[0].lang'],
    ['an attribute on a wrapper', '<contained id="x"><Basic/></contained>', 'Patient.contained[0].id'],
    ['a second value', '<birthDate value="2000"/><birthDate value="2001"/>', 'Patient.birthDate'],
    ['an element without value', '<birthDate/>', 'Patient.birthDate'],
    ['an empty wrapper', '<contained/>', 'Patient.contained[0]'],
    ['two resources in one wrapper', '<contained><Basic/><Basic/></contained>', 'Patient.contained[0]'],
    ['a resource type that R4 lacks', '<contained><Dog/></contained>', 'Patient.contained[0]'],
    ['text', '<name>Dupont</name>', 'Patient.name[0]'],
    ['text as CDATA', '<name><![CDATA[Dupont]]></name>', 'Patient.name[0]'],
    ['a foreign namespace', '<name xmlns="urn:x"/>', 'Patient.name[0]'],
    ['no namespace', '<name xmlns=""/>', 'Patient.name[0]'],
    ['a div that is not XHTML', '<text><div/></text>', 'Patient.text.div'],
    ['a foreign element in the narrative', `<text>${div}<x xmlns="urn:x"/></div></text>`, 'Patient.text'],
    [
      'a prefix in the narrative',
      `<text>${div}<h:b xmlns:h="http://www.w3.org/1999/xhtml"/></div></text>`,
      'Patient.text',
    ],
    ['a second div', `<text>${div}</div>${div}</div></text>`, 'Patient.text.div'],
    ['no boolean', '<active value="yes"/>', 'Patient.active'],
    ['an empty boolean', '<active value=""/>', 'Patient.active'],
  ])('refuses %s', (_, content, expression) => {
    const issue = refusalOfPatient(content);
    expect(issue.expression).toBe(expression);
    expect(issue.diagnostics).toMatch(/, line 1 column \d+$/);
  });

  test.each(['+1', '01', '.5', '1.', '0x1', ' 1', 'NaN', '1e', ''])('refuses the number %j', (number) => {
    const issue = refusalOfPatient(`<multipleBirthInteger value="${number}"/>`);
    expect([issue.code, issue.expression]).toEqual(['value', 'Patient.multipleBirth']);
  });

  test.each([
    ['nothing', ''],
    ['no XML', '{"resourceType":"Patient"}'],
    ['an open end', `<Patient ${fhir}>`],
    ['two roots', `<Patient ${fhir}/><Patient ${fhir}/>`],
    ['crossed tags', `<Patient ${fhir}><name></Patient></name>`],
    ['an attribute twice', `<Patient ${fhir}><id value="a" value="b"/></Patient>`],
    ['an unbound prefix', '<f:Patient/>'],
    ['a root without namespace', '<Patient/>'],
    ['a root of another namespace', '<Patient xmlns="http://hl7.org/fhir/"/>'],
    ['a root that is no resource', `<Dog ${fhir}/>`],
    ['a data type as root', `<HumanName ${fhir}/>`],
    ['an abstract type as root', `<DomainResource ${fhir}/>`],
    ['an attribute on the root', `<Patient ${fhir} id="x"/>`],
    ['an undefined entity', `<Patient ${fhir}><id value="&nbsp;"/></Patient>`],
    ['an impossible character', `<Patient ${fhir}><id value="&#0;"/></Patient>`],
    ['a control character', `<Patient ${fhir}><id value="\u0001"/></Patient>`],
    ['another encoding', `<?xml version="1.0" encoding="ISO-8859-1"?><Patient ${fhir}/>`],
  ])('refuses %s', (_, xml) => {
    expect(refusalOf(xml).code).toBe('structure');
  });

  test.each([
    ['an external entity', '<!DOCTYPE Patient [<!ENTITY x SYSTEM "file:///etc/passwd">]>'],
    ['entities that grow', '<!DOCTYPE Patient [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'],
    ['an external subset', '<!DOCTYPE Patient SYSTEM "http://evil.test/x.dtd">'],
    ['nothing', '<!DOCTYPE Patient>'],
  ])('refuses a document type declaration with %s', (_, declaration) => {
    expect(refusalOf(`${declaration}<Patient ${fhir}/>`).diagnostics).toContain('document type declaration');
  });

  test('refuses what is not UTF-8', () => {
    const xml = Buffer.from(`<Patient ${fhir}><name><family value="é"/></name></Patient>`, 'latin1');
    expect(refusalOf(xml).diagnostics).toContain('UTF-8');
  });

  test('allows the levels that JSON allows, and no more', () => {
    const nested = (levels: number): string =>
      levels === 0 ? '' : `<extension url="x">${nested(levels - 1)}</extension>`;
    expect(() => patient(nested(31))).not.toThrow();
    const issue = refusalOfPatient(nested(32));
    expect(issue.diagnostics).toContain('too deep');
    expect(refusalOfPatient(`<extension url="x">`.repeat(100_000)).diagnostics).toContain('too deep');
    expect(refusalOfPatient(`<text>${div}${'<div>'.repeat(100_000)}`).diagnostics).toContain('too deep');
  });

  test('counts the levels as JSON does, whatever holds an extension', () => {
    // The companion of a primitive and a wrapper are levels of their own.
    const nested = (levels: number, inner: string): string =>
      levels === 0 ? inner : `<extension url="x">${nested(levels - 1, inner)}</extension>`;
    const onPrimitive = (levels: number) =>
      `<birthDate id="b">${nested(levels, '')}${nested(levels, '')}</birthDate>`;
    expect(() => patient(onPrimitive(31))).not.toThrow();
    expect(refusalOfPatient(onPrimitive(32)).diagnostics).toContain('too deep');
  });

  test('tells the place and never the content', () => {
    const issue = refusalOf(
      `<Patient ${fhir}>\n  <name>\n    <family value="DUPONT" JEAN="x"/>\n</name></Patient>`,
    );
    expect(issue.diagnostics).toContain('line 3');
    expect(JSON.stringify(issue)).not.toContain('DUPONT');
    const broken = refusalOf(`<Patient ${fhir}>\n<name><family value="DUPONT></name></Patient>`);
    expect(JSON.stringify(broken)).not.toContain('DUPONT');
  });

  test('answers any mutation of a document with a resource or a refusal', () => {
    const xml = `<?xml version="1.0"?><Patient ${fhir}><text><status value="generated"/>${div}<p>x</p></div></text><active value="true"/><name><given value="A"><extension url="u"><valueDecimal value="1.0"/></extension></given></name></Patient>`;
    const noise = fc.constantFrom(
      '<',
      '>',
      '/',
      '"',
      '&',
      '=',
      ' ',
      'x',
      '</name>',
      '<name>',
      '<!--',
      ']]>',
      '<![CDATA[',
    );
    fc.assert(
      fc.property(fc.nat({ max: xml.length }), fc.nat({ max: 20 }), noise, (at, cut, insert) => {
        const mutant = xml.slice(0, at) + insert + xml.slice(at + cut);
        try {
          expect(readXml(Buffer.from(mutant)).resourceType).toBe('Patient');
        } catch (error) {
          if (!(error instanceof FhirError)) throw error;
          expect(error.status).toBe(400);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
