/**
 * The value of one line of `GET /metrics`.
 * @param name of the series with its labels, as in the text
 * @throws Error when there is no such line
 */
export async function readMetric(origin: string, name: string): Promise<number> {
  const value = await metric(origin, name);
  if (value === undefined) throw new Error(`The server has no metric ${name}`);
  return value;
}

/** As `readMetric`, of a counter: it has no line as long as there was nothing to count. */
export async function readCounter(origin: string, name: string): Promise<number> {
  return (await metric(origin, name)) ?? 0;
}

async function metric(origin: string, name: string): Promise<number | undefined> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length));
}
