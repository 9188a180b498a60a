import fc from 'fast-check';
import { childrenOf, readXml, textOf, XmlRefused } from '../../../src/ins/insi/xml-reader.ts';
import { element, escapeXml } from '../../../src/ins/insi/xml-writer.ts';

describe('reading XML', () => {
  test('goes by namespace and local name, whatever the prefixes', () => {
    const root = readXml(
      '<?xml version="1.0"?><a:r xmlns:a="urn:1" xmlns:b="urn:1" xmlns="urn:2"><b:c>1</b:c><c>2</c><a:c><![CDATA[3]]></a:c></a:r>',
    );
    expect(childrenOf(root, 'urn:1', 'c').map(({ text }) => text)).toEqual(['1', '3']);
    expect(textOf(root, 'urn:2', 'c')).toBe('2');
    expect(textOf(root, 'urn:3', 'c')).toBeUndefined();
  });

  test.each([
    ['a document type', '<!DOCTYPE r><r/>', 'document type declaration'],
    [
      'an entity bomb',
      '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><r>&b;</r>',
      'document type declaration',
    ],
    [
      'an external entity',
      '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
      'document type declaration',
    ],
    ['an unknown entity', '<r>&secret;</r>', 'not well-formed'],
    ['a tag left open', '<r><c></r>', 'not well-formed'],
    ['a text cut short', '<r><c>secret', 'not well-formed'],
    ['two roots', '<r/><r/>', 'not well-formed'],
    ['an unbound prefix', '<secret:r/>', 'not well-formed'],
    ['nothing', '', 'not well-formed'],
    ['no XML', 'Internal Server Error', 'not well-formed'],
    ['too many levels', '<r>'.repeat(60) + '</r>'.repeat(60), 'too deep'],
    ['too many elements', `<r>${'<c/>'.repeat(6000)}</r>`, 'too many elements'],
  ])('refuses %s', (_, xml, reason) => {
    expect(() => readXml(xml)).toThrow(new XmlRefused(reason as 'too deep'));
  });

  test('a refusal quotes nothing of the document', () => {
    expect(() => readXml('<r>&secret;</r>')).toThrow(/^XML refused: not well-formed$/);
  });
});

describe('writing XML', () => {
  test('any text that XML can carry comes back as it was', () => {
    // A parser turns \r into \n, which no trait holds.
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!text.includes('\r'));
        expect(readXml(element('r a="1"', text)).text).toBe(text);
      }),
    );
  });

  test('what is undefined is left out, what is ready is not escaped again', () => {
    expect(element('a', undefined)).toBe('');
    expect(element('a xmlns="urn:1"', [element('b', '<&>'), element('c', undefined)])).toBe(
      '<a xmlns="urn:1"><b>&lt;&amp;&gt;</b></a>',
    );
  });

  test.each(['\u0000', '\u001B', '\uFFFF', '\uD800'])('refuses the character %j', (text) => {
    expect(() => escapeXml(text)).toThrow(RangeError);
  });
});
