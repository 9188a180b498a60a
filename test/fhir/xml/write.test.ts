import { parseJson } from '../../../src/fhir/json.ts';
import type { Resource } from '../../../src/fhir/resource.ts';
import { readXml } from '../../../src/fhir/xml/read.ts';
import { writeXml } from '../../../src/fhir/xml/write.ts';

const declaration = '<?xml version="1.0" encoding="UTF-8"?>';
const fhir = 'xmlns="http://hl7.org/fhir"';
const xhtml = 'xmlns="http://www.w3.org/1999/xhtml"';

function written(json: string): string {
  return writeXml(parseJson(json) as Resource);
}

function narrativeOf(div: string): string {
  const xml = writeXml({ resourceType: 'Patient', text: { div } });
  return xml.slice(xml.indexOf('<text>') + 6, xml.indexOf('</text>'));
}

describe('writeXml', () => {
  test('writes elements in the order of the specification, values and ids as attributes', () => {
    const json =
      '{"resourceType":"Patient","birthDate":"2000","_birthDate":{"id":"d"},"name":[{"id":"n","given":["A",null],"_given":[null,{"extension":[{"url":"u","valueDecimal":1.10}]}]}],"active":true,"id":"p"}';
    expect(written(json)).toBe(
      `${declaration}<Patient ${fhir}><id value="p"/><active value="true"/><name id="n"><given value="A"/>` +
        '<given><extension url="u"><valueDecimal value="1.10"/></extension></given></name>' +
        '<birthDate id="d" value="2000"/></Patient>',
    );
  });

  test('joins a value and what stands beside it, whichever comes first', () => {
    const both = `<birthDate id="d" value="2000"/>`;
    expect(written('{"resourceType":"Patient","_birthDate":{"id":"d"},"birthDate":"2000"}')).toContain(both);
    expect(
      written('{"resourceType":"Patient","birthDate":"2000","active":true,"_birthDate":{"id":"d"}}'),
    ).toContain(`<active value="true"/>${both}</Patient>`);
  });

  test('wraps resources, without repeating the namespace', () => {
    const json =
      '{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Basic","id":"b"},"fullUrl":"urn:x"}]}';
    expect(written(json)).toBe(
      `${declaration}<Bundle ${fhir}><entry><fullUrl value="urn:x"/><resource><Basic><id value="b"/></Basic></resource></entry></Bundle>`,
    );
  });

  test('escapes what an attribute cannot hold as it is', () => {
    expect(written('{"resourceType":"Patient","name":[{"text":"<\\"&>\\t\\n\\r\'é"}]}')).toContain(
      '<text value="&lt;&quot;&amp;&gt;&#9;&#10;&#13;\'é"/>',
    );
  });

  test('puts U+FFFD for characters that XML cannot hold', () => {
    expect(writeXml({ resourceType: 'Patient', language: 'a\u0000\ufffe\ud800b' })).toContain(
      '<language value="a\ufffd\ufffd\ufffdb"/>',
    );
  });

  test('indents on demand, without touching the narrative', () => {
    const div = `<div ${xhtml}><p>a</p><p>b</p></div>`;
    const xml = writeXml({ resourceType: 'Patient', text: { status: 'generated', div }, active: true }, true);
    expect(xml).toBe(
      [
        declaration,
        `<Patient ${fhir}>`,
        '  <text>',
        '    <status value="generated"/>',
        `    ${div}`,
        '  </text>',
        '  <active value="true"/>',
        '</Patient>',
      ].join('\n'),
    );
  });

  test('gives the narrative its namespace where that is missing', () => {
    expect(narrativeOf('<div class="a"><p>x</p></div>')).toBe(`<div ${xhtml} class="a"><p>x</p></div>`);
    expect(narrativeOf('<div/>')).toBe(`<div ${xhtml}/>`);
  });

  test.each([
    ['is not well-formed', `<div ${xhtml}><p>x</div>`],
    ['ends early', `<div ${xhtml}></div></text><evil/>`],
    ['goes on after its end', `<div ${xhtml}></div><div ${xhtml}></div>`],
    ['leaves the namespace', `<div ${xhtml}><x xmlns="urn:x"/></div>`],
    ['has entities of HTML', `<div ${xhtml}>a&nbsp;b</div>`],
    ['is no div', '<p/>'],
    ['starts like a div', `<divx ${xhtml}/>`],
    ['starts with a comment', `<!-- c --><div ${xhtml}/>`],
    ['is empty', ''],
  ])('writes a narrative that %s as text, so that the document stays well-formed', (_, div) => {
    const found = narrativeOf(div);
    expect(found).toBe(
      `<div ${xhtml}>${div.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</div>`,
    );
    const xml = writeXml({ resourceType: 'Patient', text: { div } });
    expect(readXml(Buffer.from(xml))).toMatchObject({ text: { div: found } });
  });

  test('writes a narrative of more levels than can be parsed quickly as text', () => {
    const nested = (levels: number) => `<div ${xhtml}>${'<b>'.repeat(levels)}x${'</b>'.repeat(levels)}</div>`;
    expect(narrativeOf(nested(255))).toBe(nested(255));
    expect(narrativeOf(nested(50_000))).toContain('&lt;b&gt;');
  });

  test('refuses to leave out what it does not know', () => {
    expect(() => writeXml({ resourceType: 'Patient', nickname: 'x' })).toThrow('does not define');
    expect(() => writeXml({ resourceType: 'Dog' })).toThrow('does not have');
  });
});
