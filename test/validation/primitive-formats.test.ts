import fc from 'fast-check';
import { parseJson } from '../../src/fhir/json.ts';
import { primitiveFormats } from '../../src/validation/primitive-formats.ts';

const problemOf = (type: string, value: unknown) => primitiveFormats[type]?.(value)?.code;

/** JSON of a narrative. */
function narrative(content: string): string {
  return JSON.stringify(`<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>`);
}

/** Accepted and refused values by type, as JSON text. */
const cases: Record<string, { accepted: string[]; refused: string[] }> = {
  boolean: {
    accepted: ['true', 'false'],
    refused: ['"true"', '1', 'null', '{}'],
  },
  decimal: {
    accepted: ['0', '-1.5', '1.10', '1e3', '-0', '0.000000000000000000000001', '12345678901234567890.123'],
    refused: ['"1.5"', 'true', 'null', '[1]', '{}'],
  },
  integer: {
    accepted: ['0', '-2147483648', '2147483647'],
    refused: ['-2147483649', '2147483648', '1.5', '1.0', '1e3', '12345678901234567890', '"1"', 'null'],
  },
  unsignedInt: {
    accepted: ['0', '2147483647'],
    refused: ['-1', '2147483648', '0.5', '1.0'],
  },
  positiveInt: {
    accepted: ['1', '2147483647'],
    refused: ['0', '-1', '2147483648', '"1"'],
  },
  string: {
    accepted: ['"a"', '" a "', '"Zoë\\t\\r\\n😀"', '"\\u00a0"', '" "'],
    refused: ['""', '1', 'true', 'null', '{}', '"\\u0000"', '"a\\u0007b"', '"\\u001f"'],
  },
  markdown: { accepted: ['"# Title\\n\\n* a"'], refused: ['""', '"\\u000b"'] },
  code: {
    accepted: ['"male"', '"a b"', '"1.2"', '"<="'],
    refused: ['""', '" a"', '"a "', '"a  b"', '"a\\tb"', '"a\\n"', '1'],
  },
  id: {
    accepted: ['"a"', '"A-1.b"', `"${'x'.repeat(64)}"`],
    refused: ['""', '"a_b"', '"a/b"', '"é"', `"${'x'.repeat(65)}"`, '"a\\n"', '1'],
  },
  uri: {
    accepted: ['"urn:oid:1.2"', '"http://a.example/é?x=1#y"', '"relative/path"'],
    refused: ['""', '"http://a b"', '"a\\n"', '" a"'],
  },
  url: { accepted: ['"https://a.example"'], refused: ['"a b"', '1'] },
  canonical: {
    accepted: ['"http://a.example/x|1.0"', '"#local"'],
    refused: ['"a b"', '""'],
  },
  oid: {
    accepted: ['"urn:oid:1.2.250.1.213.1.4.10"', '"urn:oid:2.0"'],
    refused: ['"1.2.3"', '"urn:oid:3.1"', '"urn:oid:1.02"', '"urn:oid:1"', '"urn:oid:1.2."'],
  },
  uuid: {
    accepted: ['"urn:uuid:c757873d-ec9a-4326-a141-556f43239520"'],
    refused: ['"c757873d-ec9a-4326-a141-556f43239520"', '"urn:uuid:C757873D-EC9A-4326-A141-556F43239520"'],
  },
  date: {
    accepted: ['"1982"', '"1982-09"', '"1982-09-30"', '"2000-02-29"', '"2024-02-29"', '"0004-02-29"'],
    refused: [
      '"0000"',
      '"82"',
      '"1982-9-1"',
      '"1982-00"',
      '"1982-13"',
      '"1982-09-31"',
      '"1982-09-00"',
      '"1900-02-29"',
      '"2023-02-29"',
      '"0001-02-29"',
      '"1982-09-14T10:00:00Z"',
      '"14/09/1982"',
      '1982',
      '"1982-09-14\\n"',
    ],
  },
  dateTime: {
    accepted: [
      '"1982"',
      '"1982-09"',
      '"1982-09-14"',
      '"1982-09-14T10:00:00Z"',
      '"1982-09-14T10:00:00.123456+02:00"',
      '"2016-12-31T23:59:60Z"',
      '"1982-09-14T10:00:00-14:00"',
    ],
    refused: [
      '"1982-09-14T10:00Z"',
      '"1982-09-14T10:00:00"',
      '"1982-09-14T24:00:00Z"',
      '"1982-09-14T10:60:00Z"',
      '"1982-09-14T10:00:00+14:30"',
      '"1982-09-14T10:00:00.Z"',
      '"1982-09-31T10:00:00Z"',
      '"1982-09-14 10:00:00Z"',
      '"1982-09-14t10:00:00z"',
    ],
  },
  instant: {
    accepted: ['"2024-02-29T00:00:00Z"', '"2024-01-01T00:00:00.5+01:00"'],
    refused: ['"2024-01-01"', '"2024-01-01T00:00:00"', '"2023-02-29T00:00:00Z"', '"2024"'],
  },
  time: {
    accepted: ['"00:00:00"', '"23:59:60"', '"10:00:00.25"'],
    refused: ['"24:00:00"', '"10:00"', '"10:00:00Z"', '"1:00:00"'],
  },
  base64Binary: {
    accepted: ['"QQ=="', '"QUI="', '"QUJD"', '"QUJD\\r\\nQUJD"', '"+/+/"'],
    refused: ['""', '"Q"', '"QQ"', '"QQ="', '"===="', '"Q==="', '"QQ==QUJD"', '"QU-_"', '" "', '1'],
  },
  xhtml: {
    accepted: [
      ...['é', '<!-- on the left = x --><u>x</u>', 'onset = 2020, <b>form</b>', '<font>x</font>'].map(
        narrative,
      ),
      ...['<a href="http://a.b/javascript:x">x</a>', '<img src="#i" alt="x"/>', '<![CDATA[a]]>'].map(
        narrative,
      ),
      narrative('<!-- note --><a href="http://a.b">x</a><![CDATA[a]]>'),
      narrative('<u class=x>x</u> onset=2020 <a href="http://a.b/?on=1">x</a> script'),
      '"\\n<div/>"',
    ],
    refused: [
      ...['""', '"text"', '"<p>a</p>"', '"<divider/>"', '"<div>\\u0000</div>"', '1'],
      ...[
        '<script>x()</script>',
        '<SCRIPT src="x"/>',
        '<p onclick="x()">x</p>',
        '<img title=">" src="x"\nonerror = "x()"/>',
        '<img/onerror=x()>',
        '<svg onload="x()"/>',
        '<a href="javascript:x()">x</a>',
        '<a href="java\tscript:x()">x</a>',
        '<a href="&#106;ava&#x73;cript&colon;x()">x</a>',
        '<a href="java&Tab;script:x()">x</a>',
        '<a href=javascript:x()>x</a>',
        '<a href="&#0000106avascript:x()">x</a><u>',
        '<a b"c="d>" onclick=x()>x</a>',
        '<u class="<" onclick="x()">x</u>',
        '<u/onclick=x()>x</u>',
        '<iframe src="http://a.b"/>',
        '<form action="http://a.b"><input/></form>',
        '<object data="x"/>',
        '<style>p { }</style>',
        '<!--><img src="x" onerror="x()"/>-->',
        '<!---><img src="x" onerror="x()"/>-->',
        '<!-- --!><img src="x" onerror="x()"/>-->',
        '<![CDATA[a]]><![CDATA[ > <img src="x" onerror="x()"/>]]>',
        '<![CDATA[><img src="x" onerror="x()"/>]]>',
      ].map(narrative),
    ],
  },
};

describe.each(Object.entries(cases))('%s', (type, { accepted, refused }) => {
  test.each(accepted)('accepts %s', (text) => {
    expect(problemOf(type, parseJson(text))).toBeUndefined();
  });

  test.each(refused)('refuses %s', (text) => {
    expect(problemOf(type, parseJson(text))).toMatch(/^(structure|value)$/);
  });
});

describe('primitive formats', () => {
  test('cover the primitive types of R4', () => {
    expect(Object.keys(primitiveFormats).sort()).toEqual(Object.keys(cases).sort());
  });

  test('tell a wrong JSON type from a wrong form', () => {
    expect(problemOf('date', 1982)).toBe('structure');
    expect(problemOf('date', '1982-13')).toBe('value');
    expect(problemOf('integer', '1')).toBe('structure');
    expect(problemOf('integer', 1.5)).toBe('value');
  });

  test('limit strings to 1,048,576 characters, not binary content', () => {
    const longest = 'x'.repeat(1024 * 1024);
    for (const type of ['string', 'markdown', 'code', 'uri']) {
      expect(problemOf(type, longest)).toBeUndefined();
      expect(problemOf(type, `${longest}x`)).toBe('value');
    }
    expect(problemOf('base64Binary', 'QUJD'.repeat(1024 * 1024))).toBeUndefined();
  });

  test('accept every instant that JavaScript writes', () => {
    fc.assert(
      fc.property(
        fc.date({
          min: new Date('0001-01-01'),
          max: new Date('9999-12-31'),
          noInvalidDate: true,
        }),
        (date) => {
          expect(problemOf('instant', date.toISOString())).toBeUndefined();
          expect(problemOf('date', date.toISOString().slice(0, 10))).toBeUndefined();
        },
      ),
    );
  });

  test('accept the days that the calendar has, and no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 1, max: 12 }), (year, month) => {
        const prefix = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}`;
        const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
        const lastDay = month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
        expect(problemOf('date', `${prefix}-${lastDay}`)).toBeUndefined();
        expect(problemOf('date', `${prefix}-${lastDay + 1}`)).toBe('value');
      }),
    );
  });

  test('accept what Buffer writes as base64', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        expect(problemOf('base64Binary', Buffer.from(bytes).toString('base64'))).toBeUndefined();
      }),
    );
  });
});
