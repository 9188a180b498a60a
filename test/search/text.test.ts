import fc from 'fast-check';
import { FhirError } from '../../src/fhir/error.ts';
import type { Expression, TextQuery } from '../../src/search/expression.ts';
import { parseTextValue } from '../../src/search/parse-values/text.ts';
import { resourceText } from '../../src/search/resource-text.ts';

const context = {
  parameters: {} as never,
  baseUrls: [],
  now: 0,
  name: '_text',
  patients: [],
  ways: { taken: 0, most: 64 },
};

const parse = (value: string) => parseTextValue('narrative', value, context);

/** The tree as a text: `and` is `&`, `or` is `|`, `not` is `!`; within brackets words are joined in one query. */
function shown(expression: Expression): string {
  switch (expression.kind) {
    case 'and':
      return `(${expression.operands.map(shown).join(' & ')})`;
    case 'or':
      return `(${expression.operands.map(shown).join(' | ')})`;
    case 'not':
      return `!${shown(expression.operand)}`;
    case 'text':
      return shownQuery(expression.query);
    default:
      throw new Error(expression.kind);
  }
}

function shownQuery(query: TextQuery): string {
  if ('words' in query) return query.words.join('_') + (query.prefix ? '*' : '');
  if ('any' in query) return `[${query.any.map(shownQuery).join(' | ')}]`;
  return `[${[...query.all.map(shownQuery), ...query.none.map((one) => `!${shownQuery(one)}`)].join(' & ')}]`;
}

describe('_text and _content: logical words (search.html#text)', () => {
  test.each([
    ['bone', 'bone'],
    ['(bone OR liver) and metastases', '[[bone | liver] & metastases]'],
    ['bone liver', '[bone & liver]'],
    ['bone liver or lung', '[[bone & liver] | lung]'],
    ['bone NOT liver', '[bone & !liver]'],
    ['not not bone', '!!bone'],
    ['NOT (bone or liver)', '![bone | liver]'],
    ['bone and not liver or lung', '[[bone & !liver] | lung]'],
    ['"foie gras" hépat*', '[foie_gras & hepat*]'],
    ['"col du fém"*', 'col_du_fem*'],
    ['bone or not liver', '(bone | !liver)'],
    ['lung (bone or not liver)', '(lung & (bone | !liver))'],
    ['not bone not liver', '(!bone & !liver)'],
    ['"and" "or"', '[and & or]'],
    ['bone,liver', '[bone | liver]'],
    ['bone\\,liver', '[bone & liver]'],
    ['non-insulin', 'non_insulin'],
    ['Œil & ÉPAULE -', '[oeil & epaule]'],
    [' a  b ', '[a & b]'],
  ])('%s', (value, expected) => expect(shown(parse(value))).toBe(expected));

  test.each([
    [''],
    ['*'],
    ['he*'],
    ['"foie gr"*'],
    ['"open'],
    ['(a'],
    ['a)'],
    ['a or'],
    ['and a'],
    ['a and or b'],
    ['()'],
    [','],
    ['a,,b'],
    ['not'],
    ['a '.repeat(51)],
    ['a|'.repeat(201)],
    [`${'('.repeat(17)}a${')'.repeat(17)}`],
    [`${'not '.repeat(2000)}a`],
  ])('%#: refused without a word of it', (value) => {
    expect(() => parse(value)).toThrow(FhirError);
  });

  test('a refusal repeats no word', () => {
    expect(() => parse('zebra (')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('zebra') }),
    );
  });

  test('any text is read or refused, without a crash', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (value) => {
        try {
          expect(shown(parse(value))).not.toBe('');
        } catch (error) {
          expect(error).toBeInstanceOf(FhirError);
        }
      }),
    );
  });
});

describe('the text of a resource', () => {
  const narrativeOf = (div: string) => resourceText({ text: { div } }, false).narrative;

  test('a narrative has neither its markup nor its entities', () => {
    expect(narrativeOf('<div class="x">F<b>i</b>&#232;vre<br/>&amp; toux&#x20;s&egrave;che</div>')).toBe(
      'fievre & toux s&egrave;che',
    );
    expect(narrativeOf('<div><!-- <p>rien</p> --><td>a</td><td>b</td></div>')).toBe('a b');
    expect(narrativeOf('<div>&#x110000; &#9999999; a</div>')).toBe('a');
    expect(narrativeOf('<div><!--> <p>un</p><sup\n>er</sup> <spanner>b</spanner></div>')).toBe('un er b');
  });

  test.each(['<', '<!--', '<a ', '</b ', '&', '&a', '<!-->'])(
    'many %s that nothing closes take no time by their square',
    (start) => {
      expect(narrativeOf(`<div>fin${start.repeat(300_000)}`)).toMatch(/^fin/);
    },
  );

  test('the content has all strings but the narrative, URLs and encoded data', () => {
    const resource = {
      resourceType: 'DocumentReference',
      id: 'd1',
      meta: { versionId: '3', lastUpdated: '2024-01-01T00:00:00Z', tag: [{ display: 'Étiquette' }] },
      text: { status: 'generated', div: '<div>narratif</div>' },
      identifier: [{ system: 'urn:oid:1.2', value: 'A-1' }],
      contained: [{ resourceType: 'Patient', name: [{ family: 'Martin' }] }],
      content: [{ attachment: { url: 'https://example.org/x', data: 'QUJD', title: 'Titre' } }],
      extension: [
        { url: 'http://e', valueString: 'x'.repeat(201) },
        { url: 'http://e', valueString: 'voir https://e.fr' },
      ],
      flag: true,
      size: 3,
    };
    expect(resourceText(resource, false).content.split(' ')).toEqual(
      'd1 etiquette generated a-1 martin titre voir https://e.fr'.split(' '),
    );
    expect(resourceText(resource, true).content).not.toContain('a-1');
  });
});
