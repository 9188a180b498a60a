import fc from 'fast-check';
import { FhirError, type Issue } from '../../src/fhir/error.ts';
import { decimalText, parseJson, parseJsonKeepingText } from '../../src/fhir/json.ts';

function refusalOf(input: string | Buffer, options?: { maxDepth?: number }): Issue {
  try {
    parseJson(input, options);
  } catch (error) {
    expect(error).toBeInstanceOf(FhirError);
    const { status, issues } = error as FhirError;
    expect(status).toBe(400);
    expect(issues).toHaveLength(1);
    return issues[0]!;
  }
  throw new Error('the text was accepted');
}

/** Objects, arrays and primitives whose number tokens and white space are not those of JSON.stringify. */
const numberToken = fc.oneof(
  fc.constantFrom('0', '-0', '1.0', '1.10', '1e3', '1E+3', '1e-7', '0.0', '-12.500', '1e400', '3.0e-10'),
  fc.bigInt().map(String),
  fc.tuple(fc.integer(), fc.stringMatching(/^[0-9]{1,25}$/)).map(([whole, digits]) => `${whole}.${digits}`),
);
/** JavaScript moves names that are whole numbers to the front of an object; no element has one. */
const key = fc.string({ unit: 'grapheme' }).filter((name) => name !== '__proto__' && !/^\d+$/.test(name));
const space = fc.constantFrom('', ' ', '\n', '\t', ' \r\n');
const { document } = fc.letrec<{
  document: string;
  object: string;
  array: string;
  leaf: string;
}>((tie) => ({
  document: fc.oneof({ maxDepth: 5 }, tie('leaf'), tie('object'), tie('array')),
  leaf: fc.oneof(
    numberToken,
    fc.constantFrom('true', 'false', 'null'),
    fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
  ),
  object: fc
    .tuple(
      fc.uniqueArray(fc.tuple(key, tie('document')), {
        selector: ([name]) => name,
        maxLength: 5,
      }),
      space,
    )
    .map(([members, gap]) => {
      const written = members.map(
        ([name, value]) => `${gap}${JSON.stringify(name)}${gap}:${gap}${value}${gap}`,
      );
      return `{${gap}${written.join(',')}}`;
    }),
  array: fc
    .tuple(fc.array(tie('document'), { maxLength: 5 }), space)
    .map(([values, gap]) => `[${gap}${values.join(`${gap},${gap}`)}${gap}]`),
}));

/** The document without white space between tokens, its strings as JSON.stringify writes them. */
function compact(text: string): string {
  return text.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, (_, string?: string) =>
    string === undefined ? '' : JSON.stringify(JSON.parse(string)),
  );
}

describe('parseJson', () => {
  test.each([
    ['{}', {}],
    ['[]', []],
    [' {"a" : [ 1 , -2.5, true,false , null ] }\r\n', { a: [1, -2.5, true, false, null] }],
    ['"\\u00e9\\n\\/\\"\\\\\\b\\f\\r\\t"', 'é\n/"\\\b\f\r\t'],
    ['"\\ud83d\\ude00😀"', '😀😀'],
    ['{"constructor":1,"toString":2,"":3}', { constructor: 1, toString: 2, '': 3 }],
  ])('reads %s', (text, value) => {
    expect(parseJson(text)).toEqual(value);
    expect(parseJson(Buffer.from(text))).toEqual(value);
  });

  test('gives back every digit of every number', () => {
    const text =
      '{"a":1.10,"b":[1.0,1e3,-0,1E-2,0.10000000000000000000000001,12345678901234567890,1e999],"c":1.5}';
    expect(JSON.stringify(parseJson(text))).toBe(text);
  });

  test('keeps plain JavaScript numbers where they are written alike', () => {
    expect(parseJson('[0,-1,1.5,100000,1e+21]')).toEqual([0, -1, 1.5, 100000, 1e21]);
  });

  test('writes any document back as it was, white space and escapes aside', () => {
    fc.assert(
      fc.property(document, (text) => {
        expect(JSON.stringify(parseJson(text))).toBe(compact(text));
      }),
    );
  });

  test('tells a text that JSON.stringify would write from one that it would not', () => {
    fc.assert(
      fc.property(document, (text) => {
        const { value, compact: told } = parseJsonKeepingText(text);
        const written = JSON.stringify(value);
        // Control characters and lone halves of pairs apart, which have no other escape.
        fc.pre(!written.includes('\\u'));
        expect(told).toBe(written === text ? text : undefined);
        expect(parseJsonKeepingText(written).compact).toBe(written);
      }),
    );
    for (const text of ['[1, 2]', ' 1', '"\\/"', '"\\u0041"', '\ufeff[]', '{"a" :1}', '[1]\n']) {
      expect(parseJsonKeepingText(text).compact).toBeUndefined();
    }
  });

  test('reads what JSON.stringify wrote as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes('"__proto__"'));
        expect(JSON.stringify(parseJson(text))).toBe(text);
      }),
    );
  });

  test('refuses what JSON.parse refuses', () => {
    fc.assert(
      fc.property(
        document,
        fc.nat(),
        fc.constantFrom('', ',', '"', '}', '01', '\\', '{', ':'),
        (text, at, noise) => {
          const position = at % (text.length + 1);
          const mutant = text.slice(0, position) + noise + text.slice(position + 1);
          let accepted = true;
          try {
            JSON.parse(mutant);
          } catch {
            accepted = false;
          }
          if (accepted) return;
          expect(refusalOf(mutant).code).toBe('structure');
        },
      ),
    );
  });

  test.each([
    ['', 'line 1 column 1'],
    ['{', 'line 1 column 2'],
    ['{"a":1', 'line 1 column 7'],
    ['{"a":1,}', 'line 1 column 8'],
    ['{"a" 1}', 'line 1 column 6'],
    ['{a:1}', 'line 1 column 2'],
    ["{'a':1}", 'line 1 column 2'],
    ['[1,]', 'line 1 column 4'],
    ['[1 2]', 'line 1 column 4'],
    ['{"a":\n  tru}', 'line 2 column 3'],
    ['{"a":1}\n\n x', 'line 3 column 2'],
    ['[01]', 'line 1 column 3'],
    ['[+1]', 'line 1 column 2'],
    ['[1.]', 'line 1 column 4'],
    ['[.5]', 'line 1 column 2'],
    ['[1e]', 'line 1 column 4'],
    ['[-]', 'line 1 column 3'],
    ['[NaN]', 'line 1 column 2'],
    ['["a\nb"]', 'line 1 column 4'],
    ['["a', 'line 1 column 4'],
    ['["\\x"]', 'line 1 column 3'],
    ['["\\u12g4"]', 'line 1 column 3'],
    ['// a comment\n{}', 'line 1 column 1'],
    ['{} {}', 'line 1 column 4'],
    ['\u00a0{}', 'line 1 column 1'],
  ])('refuses the malformed text %j', (text, place) => {
    const { code, diagnostics } = refusalOf(text);
    expect(code).toBe('structure');
    expect(diagnostics).toContain(place);
  });

  test('never quotes the content of a malformed text', () => {
    const { diagnostics } = refusalOf('{"family":"DUPONT" "x"}');
    expect(diagnostics).not.toContain('DUPONT');
  });

  test.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"a":1,"\\u0061":1}', 'a'],
    [
      '{"resourceType":"Patient","name":[{"family":"A"},{"given":["B"],"family":"C","family":"D"}]}',
      'Patient.name[1].family',
    ],
    ['{"resourceType":"Patient","resourceType":"Patient"}', 'Patient.resourceType'],
    ['[{"x":{"y":1,"y":1}}]', '[0].x.y'],
    ['{"Jean Dupont":1,"Jean Dupont":1}', '?'],
  ])('refuses the duplicate key of %s', (text, expression) => {
    const issue = refusalOf(text);
    expect(issue.code).toBe('structure');
    expect(issue.diagnostics).toContain('the same key twice');
    expect(issue.expression).toBe(expression);
  });

  test('finds a duplicate key at any place', () => {
    const member = fc.tuple(key, document).map(([name, value]) => `${JSON.stringify(name)}:${value}`);
    fc.assert(
      fc.property(
        member,
        document,
        fc.array(fc.nat({ max: 9 }), { maxLength: 5 }),
        (twice, other, levels) => {
          let text = `{${twice},"${'other'.repeat(20)}":${other},${twice}}`;
          for (const level of levels) text = level % 2 === 0 ? `[${other},${text}]` : `{"k${level}":${text}}`;
          expect(refusalOf(text).diagnostics).toContain('the same key twice');
        },
      ),
    );
  });

  test('allows the same key in different objects', () => {
    expect(parseJson('[{"a":{"a":1}},{"a":2}]')).toEqual([{ a: { a: 1 } }, { a: 2 }]);
  });

  test('opens as many levels as allowed and no more', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(() => parseJson(nested(64))).not.toThrow();
    expect(refusalOf(nested(65)).diagnostics).toContain('too deep');
    expect(refusalOf('{"a":{"b":{}}}', { maxDepth: 2 }).diagnostics).toContain('too deep');
    expect(refusalOf('['.repeat(1_000_000)).diagnostics).toContain('too deep');
    expect(() => parseJson(`[${'[],'.repeat(1000)}[]]`, { maxDepth: 2 })).not.toThrow();
  });

  test('takes as many keys in an object as allowed and no more', () => {
    const keys = (count: number) => `{${Array.from({ length: count }, (_, key) => `"k${key}":1`).join()}}`;
    expect(Object.keys(parseJson(keys(2_000)) as object)).toHaveLength(2_000);
    expect(refusalOf(keys(2_001)).diagnostics).toContain('more than 2000 keys');
  });

  test.each([
    ['a lone high surrogate', '["\\ud83d"]'],
    ['a lone low surrogate', '["\\ude00 x"]'],
    ['a high surrogate before another character', '["\\ud83dx"]'],
    ['a lone surrogate as it is', '["\ud83d"]'],
    ['a lone surrogate in a key', '{"\\ud83d":1}'],
  ])('refuses %s', (_, text) => {
    expect(refusalOf(text).diagnostics).toContain('lone surrogate');
  });

  test.each([
    ['a truncated sequence', [0x22, 0xc3, 0x22]],
    ['Latin-1', [0x22, 0xe9, 0x22]],
    ['an overlong form', [0x22, 0xc0, 0xaf, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0xbd, 0x22]],
  ])('refuses invalid UTF-8: %s', (_, bytes) => {
    expect(refusalOf(Buffer.from(bytes)).diagnostics).toContain('UTF-8');
  });

  test('ignores a byte order mark', () => {
    expect(parseJson(Buffer.from('\ufeff{"a":1}'))).toEqual({ a: 1 });
    expect(parseJson('\ufeff{"a":1}')).toEqual({ a: 1 });
    expect(refusalOf('{"a":\ufeff1}').code).toBe('structure');
  });

  test('refuses __proto__ and pollutes nothing', () => {
    const { code, diagnostics } = refusalOf('{"a":{"__proto__":{"polluted":true}}}');
    expect(code).toBe('structure');
    expect(diagnostics).toContain('not allowed');
    expect(refusalOf('{"\\u005f_proto__":{}}').code).toBe('structure');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('decimalText', () => {
  test.each([
    ['1.10', '1.10'],
    ['1.5', '1.5'],
    ['-0', '-0'],
    ['1e3', '1e3'],
    ['12345678901234567890.0', '12345678901234567890.0'],
  ])('is the text of %s as written', (token, text) => {
    expect(decimalText(parseJson(token))).toBe(text);
  });

  test.each([['1'], [true], [null], [undefined], [{}], [[1]], [{ rawJSON: '1' }]])(
    'is undefined for %j',
    (value) => {
      expect(decimalText(value)).toBeUndefined();
    },
  );
});

test('URIs that look alike are told apart, however often they come', () => {
  // Those of one length and ending share a place of the table.
  const uri = fc
    .tuple(
      fc.constantFrom('http://', 'https://', 'urn:oid:', 'urn:uuid:', 'ht', 'ur', 'h', 'u'),
      fc.stringMatching(/^[ab]{0,3}$/),
      fc.constantFrom('', '/fhir/StructureDefinition/patient', '/fhir/CodeSystem/été-œuvre', 'x'.repeat(190)),
      fc.constantFrom('', '\n', '"', '/'),
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(uri, { minLength: 1, maxLength: 40 }), (uris) => {
      expect(parseJson(JSON.stringify(uris))).toEqual(uris);
      expect(parseJson(JSON.stringify(uris.toReversed()))).toEqual(uris.toReversed());
    }),
  );
});
