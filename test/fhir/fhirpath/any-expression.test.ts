import fc from 'fast-check';
import fhirpath from 'fhirpath';
import r4Model from 'fhirpath/fhir-context/r4';
import { loadDefinitions } from '../../../src/fhir/definitions/load.ts';
import { compileExpression } from '../../../src/fhir/fhirpath/compile-expression.ts';
import { FhirPathError } from '../../../src/fhir/fhirpath/error.ts';
import { Work } from '../../../src/fhir/fhirpath/expression.ts';
import { parseFhirPath } from '../../../src/fhir/fhirpath/parse.ts';
import { environmentOf, evaluate, holds } from './evaluating.ts';

const definitions = loadDefinitions();

describe('what does not compile', () => {
  test.each([
    ['Patient.nam', 'Patient'],
    ['name.families', 'Patient'],
    ['name.family.value', 'Patient'],
    ['contact.name', 'Patient.contact'],
    ['1.id', 'Patient'],
    ['name.frobnicate()', 'Patient'],
    ['name.where()', 'Patient'],
    ['name.first(1)', 'Patient'],
    ['name.ofType(Nam)', 'Patient'],
    ["name.ofType('HumanName')", 'Patient'],
    ['name is Nam', 'Patient'],
    ['%nothing', 'Patient'],
    ['$that', 'Patient'],
    ['name.', 'Patient'],
    ['name[0', 'Patient'],
    ['(name', 'Patient'],
    ["'open", 'Patient'],
    ['name and', 'Patient'],
    ['@2024-13', 'Patient'],
    ['@', 'Patient'],
    ['{name}', 'Patient'],
    ['id', 'Patiente'],
    ['id', 'Patient.nam'],
    ["id.matches('(')", 'Patient'],
    ["id.matches('(a)\\\\1')", 'Patient'],
    ["id.matches('(?=a)')", 'Patient'],
    ["id.matches('a**')", 'Patient'],
    ["id.matches('a{2,1}')", 'Patient'],
    ["id.matches('[b-a]')", 'Patient'],
    ["id.matches('[a')", 'Patient'],
    ["id.matches('((a{1,999}){1,999}){1,999}')", 'Patient'],
    [`${'('.repeat(5_000)}id${')'.repeat(5_000)}`, 'Patient'],
    [`id${'.trace(1)'.repeat(3_000)}`, 'Patient'],
    [' '.repeat(30_000), 'Patient'],
  ])('%#: %j on %s', (expression, start) => {
    expect(() => compileExpression(expression, start, definitions)).toThrow(FhirPathError);
  });
});

describe('hostile expressions and resources', () => {
  const big = {
    resourceType: 'Patient',
    name: Array.from({ length: 20_000 }, (_, index) => ({ family: `f${index}` })),
  };

  test.each([
    // What depends on the resource alone is found once.
    ['name.select(%resource.descendants().count()).count() = 20000', true],
    ['name.all(%resource.name.family contains family)', true],
    ["name.where('f' in %resource.name.family).empty()", true],
    ['name.where(%resource.name.where(family = $this.use).exists()).exists()', false],
    ['name.family.isDistinct()', true],
    ['name.select($this | %resource.name).count() > 0', 'too much work'],
    ["name.family.first().repeat($this & 'x')", 'too much work'],
    [`'x'${'.select($this & $this)'.repeat(60)}.length() > 0`, 'too much work'],
    [`name${'.select($this.combine($this))'.repeat(40)}.count() > 0`, 'too much work'],
    ['name.select(%context).select(name.given.count()).count() > 0', 'too much work'],
    ['name.select(%context).where(name.period.exists()).count() > 0', 'too much work'],
    ['name.select(%context).where($this = %context).count() > 0', 'too much work'],
    ['name.select(%context).select(children().count()).count() > 0', 'too much work'],
    ["name.where(%context.name.family.join('').upper().contains('x')).exists()", 'too much work'],
    ["name.family.join(',').matches('(f|[0-9]|,)*$')", true],
    ["name.family.first().matches('^(([a-z0-9])+.)+[A-Z]([a-z0-9])+$')", false],
    [`'${'a'.repeat(10_000)}'.matches('^(a|a)*(a*)*(a+)+b$')`, false],
    ["name.family.join(',').replaceMatches('f', '').length() > 0", true],
    // Alternatives that lead to no character are work as well.
    [`name.family.join(',').matches('(${'|'.repeat(3_000)})*!')`, 'too much work'],
  ])('%s', (expression, expected) => {
    if (typeof expected === 'boolean') expect(holds(expression, big)).toBe(expected);
    else expect(() => holds(expression, big, { work: new Work(400_000) })).toThrow(/^Too much work/);
  });

  test('one limit for all expressions of a validation', () => {
    const environment = environmentOf(big, { work: new Work(50_000) });
    const expression = compileExpression('name.family.count() > 1', 'Patient', definitions);
    const focus = { value: big };
    expect(expression.test(focus, environment)).toBe(true);
    const descendants = compileExpression('descendants().count() > 1', 'Patient', definitions);
    expect(() => [1, 2, 3].map(() => descendants.test(focus, environment))).toThrow(FhirPathError);
  });

  test.each([
    [{ resourceType: 'Patient', name: 'Dupont', contained: 5, extension: [null, 3, []], birthDate: {} }],
    [
      {
        resourceType: 'Patient',
        name: { family: 'x' },
        birthDate: 3,
        active: 'true',
        _birthDate: 'x',
        id: [],
      },
    ],
    [{ resourceType: 5, name: [[{ family: 'x' }]], contained: [{ resourceType: 'toString' }, 'x', null] }],
    [
      {
        resourceType: 'Patient',
        name: [{ period: { start: 'x', end: {} } }],
        contained: [{ contained: [[]] }],
      },
    ],
  ])('a resource whose structure does not hold: %j', (resource) => {
    for (const expression of [
      'contained.contained.empty()',
      'contained.meta.versionId.empty()',
      'name.family.exists()',
      'name.period.all(start <= end)',
      'descendants().count() > 0',
      'children().all(hasValue() or (children().count() > id.count()))',
      "extension.where(url = 'x').value.exists()",
      "birthDate < @2020 or active or birthDate.extension('x').exists()",
      'contained.where(id.exists()).resolve().exists()',
      'name.distinct().count() > 0',
      "id & ''",
    ]) {
      const expressionOfPatient = compileExpression(expression, 'Patient', definitions);
      const environment = environmentOf(resource);
      try {
        expect(typeof expressionOfPatient.test({ value: resource }, environment)).toBe('boolean');
      } catch (error) {
        expect(error).toBeInstanceOf(FhirPathError);
      }
    }
  });
});

describe('properties', () => {
  /** Syntax of the subset that needs no types, printed with all its parentheses or with none. */
  const operators = ['implies', 'or', 'xor', 'and', '=', '!=', '<', '|', '+', '&', '*', 'div', 'in'];

  test('an operator with an empty side gives nothing, whatever the other side is', () => {
    for (const operator of ['<', '<=', '>', '>=', '+', '-', '*', '/', 'div', 'mod']) {
      expect(evaluate(`(2 | 0) ${operator} {}`)).toEqual([]);
      expect(evaluate(`{} ${operator} (2 | 0)`)).toEqual([]);
      expect(() => evaluate(`(2 | 0) ${operator} 1`)).toThrow(FhirPathError);
    }
  });

  test('an operator binds as the other implementation has it', () => {
    const expressions = fc.array(fc.tuple(fc.constantFrom(...operators), fc.integer({ min: 0, max: 3 })), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(expressions, (rest) => {
        const text = rest.reduce((left, [operator, value]) => `${left} ${operator} ${value}`, '2');
        const outcome = (run: () => unknown) => {
          try {
            return JSON.stringify(run());
          } catch {
            return 'error';
          }
        };
        const other = outcome(() => fhirpath.evaluate({}, text, {}, r4Model));
        fc.pre(other !== 'error');
        expect(`${text}: ${outcome(() => evaluate(text))}`).toBe(`${text}: ${other}`);
      }),
      { numRuns: 80 },
    );
  });

  test('parentheses around everything change nothing', () => {
    const syntax = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom('1', 'true', "'x'", 'name.given', '@2020-01', '{}', '$this', "4 'g'", '%resource'),
        fc
          .tuple(tie('tree'), fc.constantFrom(...operators), tie('tree'))
          .map(([left, operator, right]) => `(${left}) ${operator} (${right})`),
        tie('tree').map((operand) => `(${operand}).first()`),
      ),
    })).tree;
    fc.assert(
      fc.property(syntax, (text) => {
        expect(parseFhirPath(`((${text}))`)).toEqual(parseFhirPath(text));
        expect(parseFhirPath(` /* c */ ${text} // end`)).toEqual(parseFhirPath(text));
      }),
    );
  });

  test('any text is parsed or refused', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."a.1'(){}[]@%$`\\/*=<|- T:") })),
        (text) => {
          try {
            parseFhirPath(text);
          } catch (error) {
            expect(error).toBeInstanceOf(FhirPathError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  const date = fc
    .tuple(
      fc.integer({ min: 1, max: 9999 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 28 }),
    )
    .map(([year, month, day]) =>
      [String(year).padStart(4, '0'), String(month).padStart(2, '0'), String(day).padStart(2, '0')].join('-'),
    );

  test('dates compare by their instants, and not beyond their precision', () => {
    fc.assert(
      fc.property(date, date, fc.constantFrom(4, 7, 10), (left, right, length) => {
        const [outcome] = evaluate(`@${left} < @${right.slice(0, length)}`);
        const common = left.slice(0, length);
        const expected =
          common === right.slice(0, length) && length < 10 ? undefined : common < right.slice(0, length);
        expect(outcome).toBe(expected);
      }),
    );
  });

  test('a zone moves a time, not its instant', () => {
    fc.assert(
      fc.property(
        date,
        fc.integer({ min: -14, max: 14 }),
        fc.integer({ min: 0, max: 23 }),
        (day, zone, hour) => {
          const utc = new Date(`${day}T${String(hour).padStart(2, '0')}:30:00Z`);
          const local = new Date(utc.getTime() + zone * 3_600_000).toISOString();
          fc.pre(/^\d{4}-/.test(local) && !local.startsWith('0000'));
          const offset = `${zone < 0 ? '-' : '+'}${String(Math.abs(zone)).padStart(2, '0')}:00`;
          const other = local.replace('.000Z', offset);
          const text = utc.toISOString().replace('.000Z', 'Z');
          expect(evaluate(`@${text} = @${other} and (@${text} | @${other}).count() = 1`)).toEqual([true]);
          expect(evaluate(`@${text} < @${other} + 1 second`)).toEqual([true]);
        },
      ),
    );
  });

  test('a date moved there and back is the same', () => {
    fc.assert(
      fc.property(
        date,
        fc.constantFrom('days', 'weeks', 'hours', 'months', 'years'),
        fc.nat(400),
        (day, unit, amount) => {
          fc.pre(Number(day.slice(0, 4)) < 9000 && unit !== 'hours');
          expect(evaluate(`@${day} + ${amount} ${unit} - ${amount} ${unit} = @${day}`)).toEqual([true]);
        },
      ),
    );
  });

  test('a regular expression matches as that of JavaScript does', () => {
    const atom = fc.constantFrom(
      'a*?b',

      'a',
      'b',
      '.',
      '[ab]',
      '[^a]',
      '\\d',
      '\\w',
      '\\b',
      'é',
      '[a-c1-3]',
      '\\.',
    );
    const pattern = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        atom,
        fc.tuple(tie('tree'), tie('tree')).map(([left, right]) => left + right),
        fc.tuple(tie('tree'), tie('tree')).map(([left, right]) => `(${left}|${right})`),
        fc
          .tuple(tie('tree'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '{0,}'))
          .map(([part, times]) => `(?:${part})${times}`),
        tie('tree').map((part) => `^${part}$`),
      ),
    })).tree;
    const quoted = (text: string) => text.replaceAll('\\', '\\\\');
    fc.assert(
      fc.property(
        pattern,
        fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '.', 'é', ' ') }),
        (source, text) => {
          const native = new RegExp(source, 'gsu');
          expect([source, ...evaluate(`'${text}'.matches('${quoted(source)}')`)]).toEqual([
            source,
            text.search(native) >= 0,
          ]);
          // Engines differ on repetitions of what may be empty.
          if (/\)[*+?{]/.test(source)) return;
          expect([source, ...evaluate(`'${text}'.replaceMatches('${quoted(source)}', '<$0>')`)]).toEqual([
            source,
            text.replace(native, '<$&>'),
          ]);
        },
      ),
      { numRuns: 500 },
    );
  });
});
