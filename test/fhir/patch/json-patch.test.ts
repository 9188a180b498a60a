import fc from 'fast-check';
import { FhirError } from '../../../src/fhir/error.ts';
import { parseJson } from '../../../src/fhir/json.ts';
import { applyJsonPatch } from '../../../src/fhir/patch/json-patch.ts';

const applied = (document: unknown, ...operations: object[]) => applyJsonPatch(document, operations);

function refusal(work: () => unknown): [status: number, expression: string | undefined] {
  try {
    work();
  } catch (error) {
    if (error instanceof FhirError) return [error.status, error.issues[0]!.expression];
    throw error;
  }
  throw new Error('not refused');
}

describe('the examples of RFC 6902, appendix A', () => {
  test.each([
    ['A.1', { foo: 'bar' }, { op: 'add', path: '/baz', value: 'qux' }, { baz: 'qux', foo: 'bar' }],
    [
      'A.2',
      { foo: ['bar', 'baz'] },
      { op: 'add', path: '/foo/1', value: 'qux' },
      { foo: ['bar', 'qux', 'baz'] },
    ],
    ['A.3', { baz: 'qux', foo: 'bar' }, { op: 'remove', path: '/baz' }, { foo: 'bar' }],
    ['A.4', { foo: ['bar', 'qux', 'baz'] }, { op: 'remove', path: '/foo/1' }, { foo: ['bar', 'baz'] }],
    [
      'A.5',
      { baz: 'qux', foo: 'bar' },
      { op: 'replace', path: '/baz', value: 'boo' },
      { baz: 'boo', foo: 'bar' },
    ],
    [
      'A.6',
      { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } },
      { op: 'move', from: '/foo/waldo', path: '/qux/thud' },
      { foo: { bar: 'baz' }, qux: { corge: 'grault', thud: 'fred' } },
    ],
    [
      'A.7',
      { foo: ['all', 'grass', 'cows', 'eat'] },
      { op: 'move', from: '/foo/1', path: '/foo/3' },
      { foo: ['all', 'cows', 'eat', 'grass'] },
    ],
    ['A.8', { baz: 'qux' }, { op: 'test', path: '/baz', value: 'qux' }, { baz: 'qux' }],
    [
      'A.10',
      { foo: 'bar' },
      { op: 'add', path: '/child', value: { a: {} } },
      { foo: 'bar', child: { a: {} } },
    ],
    ['A.11', { foo: 'bar' }, { op: 'add', path: '/baz', value: 'qux', xyz: 123 }, { foo: 'bar', baz: 'qux' }],
    ['A.14', { '/': 9, '~1': 10 }, { op: 'test', path: '/~01', value: 10 }, { '/': 9, '~1': 10 }],
    ['A.16', { foo: ['bar'] }, { op: 'add', path: '/foo/-', value: ['a'] }, { foo: ['bar', ['a']] }],
  ])('%s', (_, document, operation, result) => {
    expect(applied(document, operation)).toEqual(result);
  });

  test.each([
    ['A.9', { baz: 'qux' }, { op: 'test', path: '/baz', value: 'bar' }, 409],
    ['A.12', { foo: 'bar' }, { op: 'add', path: '/baz/bat', value: 'qux' }, 422],
    ['A.15', { '/': 9, '~1': 10 }, { op: 'test', path: '/~01', value: '10' }, 409],
  ])('%s is refused', (_, document, operation, status) => {
    expect(refusal(() => applied(document, operation))).toEqual([status, '[0]']);
  });
});

describe('a test compares numbers by value', () => {
  test.each([
    ['1.10', '1.1', true],
    ['100', '1e2', true],
    ['0.00', '-0', true],
    ['12345678901234567890', '12345678901234567891', false],
    ['0.1', '0.10000000000000000001', false],
    ['1', '"1"', false],
    ['[1.0, 2]', '[1, 2.0]', true],
    ['[1, 2]', '[2, 1]', false],
    ['{"a": 1, "b": null}', '{"b": null, "a": 1.0}', true],
    ['{"a": 1}', '{"a": 1, "b": null}', false],
    ['null', '{}', false],
    ['[]', '{}', false],
  ])('%s and %s: %s', (one, other, equal) => {
    const document = parseJson(`{"value":${one}}`);
    const operation = { op: 'test', path: '/value', value: parseJson(other) };
    if (equal) expect(applied(document, operation)).toBe(document);
    else expect(refusal(() => applied(document, operation))).toEqual([409, '[0]']);
  });

  test('and zeros within a long number take no time by their square', () => {
    const number = `1${'0'.repeat(300_000)}1`;
    const document = parseJson(`[${number}]`);
    expect(applied(document, { op: 'test', path: '/0', value: parseJson(`${number}.0`) })).toBe(document);
  });
});

describe('a document is left as it is, whatever is done to it', () => {
  const container = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.string(), tie('array'), tie('object')),
    array: fc.array(tie('value'), { maxLength: 3 }),
    object: fc.dictionary(fc.constantFrom('a', 'b', 'c/d', 'e~f'), tie('value'), { noNullPrototype: true }),
  })).object;
  const pointer = fc
    .array(fc.constantFrom('a', 'b', 'c~1d', 'e~0f', '0', '1', '-'), { maxLength: 4 })
    .map((steps) => steps.map((step) => `/${step}`).join(''));
  const operation = fc.record({
    op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
    path: pointer,
    from: pointer,
    value: fc.integer(),
  });

  test('and what comes of it is JSON, or a refusal that names an operation', () => {
    fc.assert(
      fc.property(container, fc.array(operation, { maxLength: 4 }), (document, operations) => {
        const before = JSON.stringify(document);
        try {
          const result = applyJsonPatch(document, operations);
          expect(JSON.parse(JSON.stringify(result))).toEqual(result);
        } catch (error) {
          if (!(error instanceof FhirError)) throw error;
          expect([400, 409, 422]).toContain(error.status);
          expect(error.issues[0]!.expression).toMatch(/^\[[0-3]\]$/);
        }
        expect(JSON.stringify(document)).toBe(before);
      }),
      { numRuns: 2000 },
    );
  });

  test('an add is undone by a remove, and a replace by another', () => {
    fc.assert(
      fc.property(container, fc.integer(), (document, value) => {
        const added = applied(document, { op: 'add', path: '/new', value });
        expect(applied(added, { op: 'remove', path: '/new' })).toEqual(document);
        for (const [name, old] of Object.entries(document)) {
          const path = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
          const replaced = applied(document, { op: 'replace', path, value });
          expect(applied(replaced, { op: 'replace', path, value: old })).toEqual(document);
        }
      }),
    );
  });
});
