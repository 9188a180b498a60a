import type { ElementDefinition } from '../definitions/model.ts';
import type { Resource } from '../resource.ts';

/** What goes along with an evaluation; callers extend it by what their visitors fill. */
export interface Frame {
  /** The resource that the expression is evaluated on, for references to its contained resources. */
  resource: Resource;
}

export type Visit<F extends Frame> = (value: unknown, frame: F) => void;

/**
 * One statically typed outcome of an expression. An expression on a choice of types (`value[x]`) has a branch a
 * type. Branches are push pipelines: `bind` puts a visitor at the end and gives the function to call with the
 * focus, so that a whole evaluation allocates nothing of its own.
 */
export interface Branch {
  /** The R4 type of the values: `string`, `HumanName`, `BackboneElement`, `Patient`. */
  type: string;
  /** The children that a step may take. */
  elements: readonly ElementDefinition[];
  bind<F extends Frame>(visit: Visit<F>): Visit<F>;
  /** URL of the value set that an element of type code must take its codes from. */
  valueSet?: string;
  /** On a primitive element: the objects of the `_name` property, which carry its id and extensions. */
  companion?: Branch['bind'];
}

/** Evaluates to the values of all branches, in their order. */
export type Collect = (focus: unknown, frame: Frame) => readonly unknown[];

interface CollectingFrame extends Frame {
  found: unknown[];
}

export function collector(branches: readonly Branch[]): Collect {
  const runs = branches.map((branch) =>
    branch.bind<CollectingFrame>((value, frame) => {
      frame.found.push(value);
    }),
  );
  return (focus, { resource }) => {
    const frame: CollectingFrame = { resource, found: [] };
    for (const run of runs) {
      run(focus, frame);
    }
    return frame.found;
  };
}

/** The values of property `key` of each value of `parent`; arrays are flattened and nulls left out. */
export function step(parent: Branch['bind'], key: string): Branch['bind'] {
  return (visit) =>
    parent((value, frame) => {
      const child = (value as Readonly<Record<string, unknown>>)[key];
      if (child === undefined || child === null) {
        return;
      }
      if (!Array.isArray(child)) {
        visit(child, frame);
        return;
      }
      for (const item of child) {
        if (item !== null) {
          visit(item, frame);
        }
      }
    });
}

/** The values that pass a test. */
export function filter(
  operand: Branch['bind'],
  passes: (value: unknown, frame: Frame) => boolean | undefined,
): Branch['bind'] {
  return (visit) =>
    operand((value, frame) => {
      if (passes(value, frame) === true) {
        visit(value, frame);
      }
    });
}
