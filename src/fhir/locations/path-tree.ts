/** An element that is looked for, and those looked for below it. */
export interface Wanted {
  /** Element name in FHIRPath: `value` of `valueQuantity`. */
  name: string;
  /** Position among the repetitions, `undefined` where the expression gives none. */
  index: number | undefined;
  /** By name and index. */
  below: Map<string, Wanted>;
  parent: Wanted | undefined;
  /** Offset in the text; `undefined` as long as the element is not found. */
  offset: number | undefined;
}

const step = /\.?([A-Za-z_][A-Za-z0-9_-]*)(?:\[x\])?(?::[A-Za-z0-9_./-]+)?(\(\w+\))?(?:\[(\d+)\])?/y;

/**
 * Adds an expression such as `Patient.name[1].family` below the root, as far as it is a path of names and positions;
 * comments, `ofType(…)` and the names of slices are left out.
 * @returns the last element, the root where the expression is no path at all
 */
export function addPath(root: Wanted, expression: string): Wanted {
  const text = expression.replace(/\/\*(?:(?!\*\/)[\s\S])*\*\//g, '');
  let wanted = root;
  step.lastIndex = 0;
  let isFirst = true;
  for (let match = step.exec(text); match !== null; match = step.exec(text)) {
    const [, name = '', type, index] = match;
    if (type !== undefined && name !== 'ofType') break;
    // The first name is that of the resource type.
    if (!isFirst && type === undefined) {
      wanted = childOf(wanted, name, index === undefined ? undefined : Number(index));
    }
    isFirst = false;
  }
  return wanted;
}

function childOf(parent: Wanted, name: string, index: number | undefined): Wanted {
  const key = `${name} ${index}`;
  let child = parent.below.get(key);
  if (child === undefined) {
    child = { name, index, below: new Map(), parent, offset: undefined };
    parent.below.set(key, child);
  }
  return child;
}

/** The offset of an element, else of the nearest one around it that is there. */
export function offsetOf(wanted: Wanted): number | undefined {
  let nearest: Wanted | undefined = wanted;
  while (nearest !== undefined && nearest.offset === undefined) nearest = nearest.parent;
  return nearest?.offset;
}

/** What is wanted directly below some elements. */
export function belowOf(wanted: readonly Wanted[]): readonly Wanted[] {
  return wanted.flatMap(({ below }) => [...below.values()]);
}
