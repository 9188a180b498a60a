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
