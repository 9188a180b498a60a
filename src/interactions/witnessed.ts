import { FhirError } from '../fhir/error.ts';
import type { AccessRecord, Done } from './access.ts';
import type { Interaction, Interactions } from './interaction.ts';
import { queryString } from './page-link.ts';
import type { FhirRequest, FhirResponse } from './request.ts';

/** Finds an interaction whose beginning and end the witness of its access is told of, where there is one. */
export function witnessed(request: FhirRequest, find: Interactions): Interaction {
  const { access } = request;
  if (access.witness === undefined) return find(request);
  const record = access.witness.begin();
  const { store, writeStore } = record;
  const stores = writeStore === undefined ? { store } : { store, writeStore };
  const own = { ...request, access: { ...access, ...stores } };
  let interaction: Interaction;
  try {
    interaction = find(own);
  } catch (error) {
    endRefused(record, request, error);
    throw error;
  }
  return { ...interaction, run: () => run(request, interaction, record) };
}

async function run(
  request: FhirRequest,
  interaction: Interaction,
  record: AccessRecord,
): Promise<FhirResponse> {
  const { code, type, operation } = interaction;
  const [first, second] = request.path;
  // The address of a search in a compartment begins with the type of the compartment.
  const id = first === type ? second : undefined;
  const about = {
    code,
    ...(type === undefined ? {} : { type }),
    ...(operation === undefined ? {} : { operation }),
    ...(id === undefined ? {} : { id }),
    received: () => receivedText(request),
  };
  let answer: FhirResponse;
  try {
    answer = await interaction.run();
  } catch (error) {
    await record.end({ ...about, ...failureOf(error) });
    throw error;
  }
  const recorded = record.end({ ...about, status: answer.status });
  if (recorded !== undefined) await recorded;
  return answer;
}

/** Tells the witness of a request that asks for no interaction because it cannot be read. */
export function witnessRefusal(request: FhirRequest, error: unknown): void {
  const record = request.access.witness?.begin();
  if (record !== undefined) endRefused(record, request, error);
}

/** The refusal itself does not wait for its record. */
function endRefused(record: AccessRecord, request: FhirRequest, error: unknown): void {
  const received = () => receivedText(request);
  record.end({ code: 'unknown', ...failureOf(error), received })?.catch(() => undefined);
}

function failureOf(error: unknown): Pick<Done, 'status' | 'issue'> {
  if (!(error instanceof FhirError)) return { status: 500, issue: 'exception' };
  return { status: error.status, ...(error.issues[0] === undefined ? {} : { issue: error.issues[0].code }) };
}

/** The request line as it was received, and the form of a search by POST. */
function receivedText({ method, path, query, url }: FhirRequest): string {
  const isForm = method === 'POST' && path.at(-1) === '_search';
  const line = `${method} ${url ?? `/${path.map(encodeURIComponent).join('/')}${isForm ? '' : queryString(query)}`}`;
  return isForm ? `${line}\n\n${queryString(query).slice(1)}` : line;
}
