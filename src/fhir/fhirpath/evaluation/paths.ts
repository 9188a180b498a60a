import { appendChild, countChild, eachHolder, type Holder } from './children.ts';
import { childHolder, type Node, nothing } from './node.ts';
import { collectionPlan, type Path, type Plan, type StaticTypes } from './plan.ts';
import type { Scope } from './scope.ts';
import type { Child, Property, TypeInfo } from './types.ts';
import { truthOf } from './values.ts';

/** `$this`: the one value that an expression or a criterion is evaluated on. */
export function focusPlan(types: StaticTypes): Plan {
  const [start, ...others] = types ?? [];
  const isKnown = start !== undefined && others.length === 0;
  return {
    types,
    nodes: (focus) => [focus],
    exists: () => true,
    count: () => 1,
    truth: (focus, scope) => truthOf([focus], scope),
    ...(isKnown ? { path: { start, steps: [] } } : {}),
  };
}

/** The children of a name; `undefined` where the types of the operand are known and none of them has such a child. */
export function memberPlan(operand: Plan, name: string): Plan | undefined {
  const { types, path } = operand;
  const known = types?.map((type) => type.child(name));
  const children = known?.filter((child) => child !== undefined);
  if (types === undefined || children === undefined || children.length === 0) {
    const mayHave = types === undefined || types.some((type) => type.kind === 'resource' && type.isAbstract);
    return mayHave ? dynamicMember(operand, name, undefined) : undefined;
  }
  const [child] = children;
  if (types.length > 1 || child === undefined) return dynamicMember(operand, name, typesOfChildren(children));
  return path === undefined
    ? stepMember(operand, child)
    : pathPlan({ ...path, steps: [...path.steps, child] });
}

function typesOfChildren(children: readonly Child[]): StaticTypes {
  const types = new Set<TypeInfo>();
  for (const { type } of children.flatMap(({ properties }) => properties)) {
    if (type === undefined) return undefined;
    types.add(type);
  }
  return [...types];
}

/** The type of each value says where its children are. */
function dynamicMember(operand: Plan, name: string, types: StaticTypes): Plan {
  return collectionPlan(types, (focus, scope) => {
    const parents = operand.nodes(focus, scope);
    if (parents.length === 0) return nothing;
    const found: Node[] = [];
    for (const parent of parents) {
      const child = parent.type.child(name);
      if (child !== undefined) appendChild(childHolder(parent), child, found, scope.types);
    }
    scope.spend(parents.length + found.length);
    return found;
  });
}

function stepMember(operand: Plan, child: Child): Plan {
  return collectionPlan(typesOfChildren([child]), (focus, scope) => {
    const parents = operand.nodes(focus, scope);
    if (parents.length === 0) return nothing;
    const found: Node[] = [];
    for (const parent of parents) appendChild(childHolder(parent), child, found, scope.types);
    scope.spend(parents.length + found.length);
    return found;
  });
}

/** A path whose properties are known: they are read one after the other, and only counted where that is enough. */
function pathPlan(path: Path): Plan {
  const { start, steps } = path;
  const last = steps.at(-1) as Child;
  // Most steps of a path are only there for the next one.
  let collect: Plan['nodes'] | undefined;
  let isThere: Plan['count'] | undefined;
  let count: Plan['count'] | undefined;
  return {
    ...collectionPlan(
      typesOfChildren([last]),
      (focus, scope) => {
        collect ??= collectorOf(start, steps);
        return collect(focus, scope);
      },
      {
        exists: (focus, scope) => {
          isThere ??= counterOf(start, steps, true);
          return isThere(focus, scope) > 0;
        },
        count: (focus, scope) => {
          count ??= counterOf(start, steps, false);
          return count(focus, scope);
        },
      },
    ),
    path,
  };
}

function collectorOf(start: TypeInfo, steps: readonly Child[]): Plan['nodes'] {
  const last = steps.at(-1) as Child;
  const append = steps.slice(0, -1).reduceRight<(holder: Holder, found: Node[], scope: Scope) => void>(
    (next, step) => (holder, found, scope) =>
      eachHolder(holder, step, (child) => {
        scope.spend(1);
        next(child, found, scope);
        return false;
      }),
    (holder, found, scope) => appendChild(holder, last, found, scope.types),
  );
  const mayHave = firstStepTest(steps[0] as Child);
  return (focus, scope) => {
    const holder = holderOf(start, focus);
    if (holder === undefined || !mayHave(holder)) return nothing;
    const found: Node[] = [];
    append(holder, found, scope);
    if (found.length === 0) return nothing;
    scope.spend(found.length);
    return found;
  };
}

/** A cheap look whether there is anything at the start of a path: most elements of a type are not there. */
function firstStepTest({ properties }: Child): (holder: Holder) => boolean {
  const [property, ...others] = properties;
  if (property === undefined || others.length > 0) return () => true;
  const { key, companionKey } = property;
  if (companionKey === undefined) return (holder) => holder[key] !== undefined;
  return (holder) => holder[key] !== undefined || holder[companionKey] !== undefined;
}

/** Counts the values at the end of a path, up to the first one where only their existence matters. */
function counterOf(start: TypeInfo, steps: readonly Child[], onlyFirst: boolean): Plan['count'] {
  const last = steps.at(-1) as Child;
  const count = steps.slice(0, -1).reduceRight<Counter>(
    (next, step) => counterBelow(step, next, onlyFirst),
    (holder) => countChild(holder, last, onlyFirst),
  );
  return (focus, scope) => {
    const holder = holderOf(start, focus);
    if (holder === undefined) return 0;
    const found = count(holder, scope);
    scope.spend(1 + found);
    return found;
  };
}

type Counter = (holder: Holder, scope: Scope) => number;

function counterBelow(step: Child, next: Counter, onlyFirst: boolean): Counter {
  const [property, ...others] = step.properties;
  if (property === undefined || others.length > 0) {
    return (holder, scope) => {
      let sum = 0;
      eachHolder(holder, step, (child) => {
        scope.spend(1);
        sum += next(child, scope);
        return onlyFirst && sum > 0;
      });
      return sum;
    };
  }
  const key = property.companionKey ?? property.key;
  return (holder, scope) => {
    const value = holder[key];
    if (typeof value !== 'object' || value === null) return 0;
    if (!Array.isArray(value)) return next(value as Holder, scope);
    scope.spend(value.length);
    let sum = 0;
    for (const item of value) {
      if (typeof item !== 'object' || item === null) continue;
      sum += next(item, scope);
      if (onlyFirst && sum > 0) return sum;
    }
    return sum;
  };
}

function holderOf(start: TypeInfo, focus: Node): Holder | undefined {
  const holder = start.kind === 'primitive' ? focus.companion : focus.value;
  return typeof holder === 'object' && holder !== null ? (holder as Holder) : undefined;
}

/** Reads a value straight from the JSON. */
type SingleReader = (focus: Node) => unknown;

/**
 * The value at the end of a path on which nothing repeats and no choice is left: `null` where a primitive has no value but
 * extensions, `undefined` where there is nothing. No reader for other paths.
 * @param isWanted whether the type of the value will do
 */
export function singleReader(
  path: Path | undefined,
  isWanted: (type: TypeInfo) => boolean,
): SingleReader | undefined {
  if (path === undefined) return undefined;
  const { start, steps } = path;
  const properties: Property[] = [];
  for (const step of steps) {
    const [property, ...others] = step.properties;
    if (property === undefined || others.length > 0 || property.repeats) return undefined;
    properties.push(property);
  }
  const last = properties.at(-1);
  const type = last === undefined ? start : last.type;
  if (type === undefined || !isWanted(type)) return undefined;
  if (last === undefined) return ({ value }) => value ?? null;
  return readerBelow(
    start,
    properties.slice(0, -1).map(({ key, companionKey }) => companionKey ?? key),
    last,
  );
}

function readerBelow(
  start: TypeInfo,
  keys: readonly string[],
  { key, companionKey }: Property,
): SingleReader {
  return (focus) => {
    let holder: unknown = holderOf(start, focus);
    for (const step of keys) {
      if (typeof holder !== 'object' || holder === null) return undefined;
      holder = (holder as Holder)[step];
    }
    if (typeof holder !== 'object' || holder === null) return undefined;
    const value = (holder as Holder)[key] ?? undefined;
    if (value !== undefined || companionKey === undefined) return value;
    return (holder as Holder)[companionKey] === undefined ? undefined : null;
  };
}

/** A reader of texts. */
export function textReader(plan: Plan): SingleReader | undefined {
  return singleReader(plan.path, (type) => type.system === 'String');
}
