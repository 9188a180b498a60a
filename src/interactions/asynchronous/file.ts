import { pacer } from '../pacer.ts';
import { jsonBody, visibleBody } from '../presentation.ts';
import { presented } from '../representation.ts';
import type { FhirRequest, FhirResponse } from '../request.ts';
import type { Spine } from '../spine.ts';
import type { FileContent, Job } from './job.ts';

/** The media type of files: one resource a line (R4 nd-json.html). */
export const ndjson = 'application/fhir+ndjson';

const lineEnd = Buffer.from('\n');

/** The content of a file of a job. */
export async function fileAnswer(
  spine: Spine,
  request: FhirRequest,
  job: Job,
  content: FileContent,
): Promise<FhirResponse> {
  const lines =
    content.kind === 'outcomes'
      ? content.outcomes.map(jsonBody)
      : await versionLines(spine, request, job, content);
  return {
    status: 200,
    headers: { 'Content-Type': ndjson },
    body: Buffer.concat(lines.flatMap((line) => [line, lineEnd])),
  };
}

async function versionLines(
  spine: Spine,
  request: FhirRequest,
  job: Job,
  { type, isMatch, versions }: FileContent & { kind: 'versions' },
): Promise<Buffer[]> {
  const { store } = request.access;
  const pause = pacer();
  const lines: Buffer[] = [];
  for (const [id, version] of versions) {
    await pause();
    const found = await store.readVersion(type, id, version);
    if (found === undefined) continue;
    const body = visibleBody(spine, found);
    if (!isMatch || job.representation.length === 0) lines.push(body);
    else lines.push(await cutDown({ ...request, query: job.representation }, job, body));
  }
  return lines;
}

/** A match as the search would have shown it. */
async function cutDown(request: FhirRequest, { type }: Job, body: Buffer): Promise<Buffer> {
  const run = async (): Promise<FhirResponse> => ({ status: 200, body });
  const read = { code: 'read', ...(type === undefined ? {} : { type }), run };
  return (await presented(request, read).run()).body!;
}
