import type { BenchRequest } from './scenarios.ts';

/** An answer of Passerelle, to be sent again as it is. */
export interface RecordedAnswer {
  status: number;
  /** Without those that node:http adds to every answer. */
  headers: Record<string, string>;
  /** Base64. */
  body: string;
}

const addedByNode = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding']);
const samples = 25;

/**
 * Sends a few of the requests and keeps the answer of median length, so that it stands for the others.
 * @throws Error when one fails, or a search finds nothing: it would measure something else
 */
export async function recordTypicalAnswer(
  origin: string,
  requests: readonly BenchRequest[],
): Promise<RecordedAnswer> {
  const step = Math.max(1, Math.floor(requests.length / samples));
  const answers: RecordedAnswer[] = [];
  for (let at = 0; at < requests.length && answers.length < samples; at += step) {
    answers.push(await record(origin, requests[at]!));
  }
  answers.sort((a, b) => a.body.length - b.body.length);
  return answers[answers.length >> 1]!;
}

async function record(
  origin: string,
  { method, path, headers, body }: BenchRequest,
): Promise<RecordedAnswer> {
  // The bytes as the load gets them: it asks for no compression.
  const plain = { ...headers, 'accept-encoding': 'identity' };
  const response = await fetch(origin + path, {
    method,
    headers: plain,
    ...(body === undefined ? {} : { body }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  if (!response.ok) throw new Error(`${method} answered ${response.status}`);
  if (path.includes('?') && !bytes.includes('"entry"')) throw new Error('A search found nothing');
  const kept = [...response.headers].filter(([name]) => !addedByNode.has(name));
  return { status: response.status, headers: Object.fromEntries(kept), body: bytes.toString('base64') };
}
