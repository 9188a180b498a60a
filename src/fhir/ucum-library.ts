import ucum from '@lhncbc/ucum-lhc';

/** The system of UCUM units (terminologies-systems.html). */
export const UCUM = 'http://unitsofmeasure.org';

/** Longer texts are no units that anyone measures in. */
export const LONGEST_UNIT = 64;

type Utilities = ReturnType<typeof ucum.UcumLhcUtils.getInstance>;

/** Works with the library of units. It writes what it cannot read, which a caller sent, to the console: not so here. */
export function withUnits<T>(work: (units: Utilities) => T): T {
  const { log } = console;
  console.log = () => undefined;
  try {
    return work(ucum.UcumLhcUtils.getInstance());
  } finally {
    console.log = log;
  }
}

/** A value of one UCUM unit in another one; `undefined` where these measure different things, or are no units. */
export function convertedUnit(value: number, from: string, to: string): number | undefined {
  if (from.length > LONGEST_UNIT || to.length > LONGEST_UNIT) return undefined;
  const { status, toVal } = withUnits((units) => units.convertUnitTo(from, value, to));
  return status === 'succeeded' && toVal !== null ? toVal : undefined;
}
