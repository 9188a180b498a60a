/**
 * The value of one line of `GET /metrics`.
 * @param name of the series with its labels, as in the text
 * @throws Error when there is no such line
 */
export async function readMetric(origin: string, name: string): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  if (line === undefined) throw new Error(`The server has no metric ${name}`);
  return Number(line.slice(name.length));
}
