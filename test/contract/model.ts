import type { Expression, RangeTest, SortKey } from '../../src/search/expression.ts';
import type { IndexValues, QuantityValue, RangeValue } from '../../src/search/index-values.ts';

/** A resource as far as a search sees it. */
export interface ModelResource {
  id: string;
  index: IndexValues;
}

/** All resources by type. */
export type World = Record<string, readonly ModelResource[]>;

/** Whether a resource matches: the meaning of the tree, told without any index. */
export function matches(world: World, resource: ModelResource, tree: Expression): boolean {
  const { index } = resource;
  switch (tree.kind) {
    case 'and':
      return tree.operands.every((operand) => matches(world, resource, operand));
    case 'or':
      return tree.operands.some((operand) => matches(world, resource, operand));
    case 'not':
      return !matches(world, resource, tree.operand);
    case 'ids':
      return tree.ids.includes(resource.id);
    case 'token':
      return index.token.some(
        (value) =>
          value.parameter === tree.parameter &&
          (tree.code === undefined || value.code === tree.code) &&
          (tree.system === undefined || (value.system ?? null) === tree.system),
      );
    case 'string':
      return index.string.some((value) => value.parameter === tree.parameter && matchesText(value, tree));
    case 'date':
    case 'number':
      return index[tree.kind].some(
        (value) => value.parameter === tree.parameter && inRange(value, tree.tests),
      );
    case 'quantity':
      return index.quantity.some(
        (value) => value.parameter === tree.parameter && inRange(value, tree.tests) && hasUnit(value, tree),
      );
    case 'uri':
      return index.uri.some(
        ({ parameter, value }) =>
          parameter === tree.parameter &&
          (tree.match === 'prefix' ? value.startsWith(tree.value) : value === tree.value),
      );
    case 'reference':
      return index.reference.some((value) => value.parameter === tree.parameter && pointsTo(value, tree));
    case 'missing':
      return (
        !index[tree.family].some(({ parameter }) =>
          tree.anyKey ? parameter.startsWith(`${tree.parameter}$`) : parameter === tree.parameter,
        ) === tree.missing
      );
    case 'chain':
      if (tree.canonical) {
        return (world[tree.targetType] ?? []).some(
          (target) => names(resource, tree.parameter, target) && matches(world, target, tree.expression),
        );
      }
      return index.reference.some(
        (value) =>
          value.parameter === tree.parameter &&
          'type' in value &&
          value.type === tree.targetType &&
          (world[tree.targetType] ?? []).some(
            (target) => target.id === value.id && matches(world, target, tree.expression),
          ),
      );
    case 'has': {
      if (tree.canonical) {
        return (world[tree.sourceType] ?? []).some(
          (source) => names(source, tree.parameter, resource) && matches(world, source, tree.expression),
        );
      }
      const type = Object.keys(world).find((name) => world[name]?.includes(resource));
      return (world[tree.sourceType] ?? []).some(
        (source) =>
          source.index.reference.some(
            (value) =>
              value.parameter === tree.parameter &&
              'type' in value &&
              value.type === type &&
              value.id === resource.id,
          ) && matches(world, source, tree.expression),
      );
    }
    case 'near':
    case 'text':
    case 'lastUpdated':
      throw new Error('The model knows no instants, no positions and no words');
  }
}

/** The values that a resource is sorted by; `undefined` where it has none. */
export function sortTexts(
  { id, index }: ModelResource,
  sort: readonly SortKey[],
): (string | number | undefined)[] {
  return sort.map(({ parameter, family, descending }) => {
    if (family === 'id') return id;
    if (family === 'lastUpdated') throw new Error('The model knows no instants');
    const values = index[family].filter((value) => value.parameter === parameter).map(sortText);
    const sorted = values.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    return descending ? sorted.at(-1) : sorted[0];
  });
}

function sortText(value: IndexValues[Exclude<keyof IndexValues, 'generation'>][number]): string | number {
  if ('folded' in value) return value.folded;
  if ('low' in value) return value.low;
  if ('url' in value) return value.url;
  if ('id' in value) return value.id;
  if ('value' in value) return value.value;
  return value.code ?? '';
}

function matchesText(
  value: IndexValues['string'][number],
  { match, value: sought }: Extract<Expression, { kind: 'string' }>,
): boolean {
  if (match === 'prefix') return value.folded.startsWith(sought);
  if (match === 'whole') return value.folded === sought;
  return match === 'contains' ? value.folded.includes(sought) : value.exact === sought;
}

function inRange(range: RangeValue, tests: readonly RangeTest[]): boolean {
  return tests.every(({ bound, operator, value }) => {
    const left = range[bound];
    if (operator === '<') return left < value;
    if (operator === '<=') return left <= value;
    return operator === '>' ? left > value : left >= value;
  });
}

function hasUnit(value: QuantityValue, { system, unit }: Extract<Expression, { kind: 'quantity' }>): boolean {
  if (system !== undefined && value.system !== system) return false;
  if (unit === undefined) return true;
  return value.code === unit || (system === undefined && value.unit === unit);
}

function pointsTo(
  value: IndexValues['reference'][number],
  tree: Extract<Expression, { kind: 'reference' }>,
): boolean {
  if ('url' in tree) return 'url' in value && value.url === tree.url;
  return 'id' in value && value.id === tree.id && (tree.type === undefined || value.type === tree.type);
}

/** A canonical reference of one resource is to the other. */
function names(source: ModelResource, parameter: string, target: ModelResource): boolean {
  return source.index.reference.some(
    (reference) =>
      reference.parameter === parameter &&
      'url' in reference &&
      target.index.uri.some((uri) => uri.parameter === 'url:versions' && uri.value === reference.url),
  );
}
