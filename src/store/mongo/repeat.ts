/**
 * Runs work every so many milliseconds, but once at a time: calls to a silent database would pile up. What fails is
 * made up for by the next run.
 */
export function repeat(interval: number, work: () => Promise<void>): NodeJS.Timeout {
  let isUnderWay = false;
  const run = async () => {
    if (isUnderWay) return;
    isUnderWay = true;
    await work().catch(() => undefined);
    isUnderWay = false;
  };
  return setInterval(() => void run(), interval);
}
