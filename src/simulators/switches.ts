/** The odd behaviours of a simulator, changed at run time. */
export interface Switches<S> {
  get(): S;
  /** @throws RangeError naming the first switch that is unknown or out of range; nothing is changed then */
  set(change: Partial<S>): S;
  /** Back to the initial ones. */
  reset(): S;
}

/** Which values each switch takes. */
export type Accepted<S> = Readonly<Record<keyof S, (value: unknown) => boolean>>;

export const isBoolean = (value: unknown): boolean => typeof value === 'boolean';

export const isOneOf =
  (...allowed: readonly string[]) =>
  (value: unknown): boolean =>
    typeof value === 'string' && allowed.includes(value);

/**
 * @param change what the initial switches differ in from the defaults
 * @throws RangeError as `set` does
 */
export function createSwitches<S extends object>(
  accepted: Accepted<S>,
  defaults: S,
  change: Partial<S> = {},
): Switches<S> {
  const initial = changed(accepted, defaults, change);
  let switches = initial;
  return {
    get: () => switches,
    set: (wanted) => {
      switches = changed(accepted, switches, wanted);
      return switches;
    },
    reset: () => {
      switches = initial;
      return switches;
    },
  };
}

/** @param change what a caller sent, of any shape */
function changed<S extends object>(accepted: Accepted<S>, current: S, change: unknown): S {
  if (typeof change !== 'object' || change === null || Array.isArray(change)) {
    throw new RangeError('The switches are a JSON object');
  }
  for (const [name, value] of Object.entries(change)) {
    if (!Object.hasOwn(accepted, name)) throw new RangeError(`There is no switch ${JSON.stringify(name)}`);
    if (!accepted[name as keyof S](value)) {
      throw new RangeError(`The switch ${name} does not take this value`);
    }
  }
  return { ...current, ...change };
}
