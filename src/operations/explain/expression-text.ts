import type { Expression, RangeTest, SortKey } from '../../search/expression.ts';

/** Stands for a value that was searched for, which may tell who a person is. */
const hidden = '…';

/**
 * A search expression as an indented text, one line a node: what is tested, on which search parameter and how. Values
 * are left out, code systems among them; the names of resource types are none.
 */
export function expressionText(expression: Expression): string {
  return linesOf(expression).join('\n');
}

function linesOf(expression: Expression): string[] {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.operands.length === 0
        ? [expression.kind === 'and' ? 'everything' : 'nothing']
        : [expression.kind, ...expression.operands.flatMap(indented)];
    case 'not':
      return ['not', ...indented(expression.operand)];
    case 'ids':
      return [`ids: ${expression.ids.length} of ${hidden}`];
    case 'lastUpdated':
      return [`lastUpdated ${testsText(expression.tests)}`];
    case 'token':
      return [`token ${nameOf(expression)} = ${tokenText(expression)}`];
    case 'string':
      return [`string ${nameOf(expression)} ${expression.match} ${hidden}`];
    case 'date':
    case 'number':
      return [`${expression.kind} ${nameOf(expression)} ${testsText(expression.tests)}`];
    case 'quantity': {
      const unit = expression.unit === undefined ? '' : `, unit ${hidden}`;
      return [`quantity ${nameOf(expression)} ${testsText(expression.tests)}${unit}`];
    }
    case 'uri':
      return [`uri ${nameOf(expression)} ${expression.match ?? '='} ${hidden}`];
    case 'reference':
      return [`reference ${nameOf(expression)} = ${referenceText(expression)}`];
    case 'near':
      return [`near ${nameOf(expression)} ${hidden}`];
    case 'text':
      return [`text ${expression.part} has ${hidden}`];
    case 'missing':
      return [
        `${expression.family} ${expression.parameter} ${expression.missing ? 'missing' : 'not missing'}`,
      ];
    case 'chain':
      return [
        `chain ${expression.parameter} to ${expression.targetType}${linkText(expression)}`,
        ...indented(expression.expression),
      ];
    case 'has':
      return [
        `has ${expression.sourceType} by ${expression.parameter}${linkText(expression)}`,
        ...indented(expression.expression),
      ];
  }
}

/** The name under which values are indexed; that of a composite has the first component, which was searched for. */
function nameOf({ parameter }: { parameter: string }): string {
  return parameter.replace(/\$.*?(:canonical)?$/s, `$$${hidden}$1`);
}

function linkText({ canonical }: { canonical?: true }): string {
  return canonical ? ' by canonical URL' : '';
}

function indented(expression: Expression): string[] {
  return linesOf(expression).map((line) => `  ${line}`);
}

function testsText(tests: readonly RangeTest[]): string {
  return tests.map(({ bound, operator }) => `${bound} ${operator} ${hidden}`).join(', ');
}

function tokenText({ system, code }: Extract<Expression, { kind: 'token' }>): string {
  const value = code === undefined ? 'any code' : hidden;
  if (system === undefined) return value;
  return `${value} ${system === null ? 'without' : 'with a'} system`;
}

function referenceText(reference: Extract<Expression, { kind: 'reference' }>): string {
  if ('url' in reference) return `a URL ${hidden}`;
  return reference.type === undefined ? hidden : `${reference.type}/${hidden}`;
}

/** The keys of a sort, as `_sort` has them. */
export function sortText(sort: readonly SortKey[]): string {
  return sort.map(({ parameter, descending }) => `${descending ? '-' : ''}${parameter}`).join(',');
}
