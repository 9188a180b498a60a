import { randomBytes } from 'node:crypto';
import { FhirError, fhirError, operationOutcome } from '../../fhir/error.ts';
import type { Access } from '../access.ts';
import { allow } from '../allow.ts';
import type { Interaction, Interactions } from '../interaction.ts';
import { jsonBody } from '../presentation.ts';
import type { FhirRequest, FhirResponse } from '../request.ts';
import type { Spine } from '../spine.ts';
import { collect } from './collect.ts';
import { fileAnswer } from './file.ts';
import { type Job, Jobs, jobLife } from './job.ts';
import { jobOf, respondsAsynchronously } from './kick-off.ts';

/** The first segment of the addresses of jobs and their files, below the base. */
const jobsSegment = '_async';

/** Jobs that one server works off at a time. */
const mostRunning = 4;

/** After this time without a page read, another server takes a job over, in milliseconds. */
const abandoned = 60_000;

/** True for the address of a file, which is in NDJSON whatever a format of resources is asked for. */
export function isFileAddress(path: readonly string[]): boolean {
  return path[0] === jobsSegment && path.length === 3;
}

interface Plain {
  /** Finds interactions, `findPresented` with their answers cut down to what `_summary` and `_elements` ask for. */
  find: Interactions;
  findPresented: Interactions;
}

/**
 * The interactions with those of the asynchronous pattern (R4 async.html): a search or `$everything` with
 * `Prefer: respond-async` is answered 202, and its resources are had as files in NDJSON, for a day.
 */
export function asynchronousInteractions(spine: Spine, { find, findPresented }: Plain): Interactions {
  const jobs = new Jobs(spine.stores.expiring);
  /** The jobs that this server works off, with the failure that no layer expected. */
  const running = new Set<string>();
  const failures = new Map<string, unknown>();

  async function kickOff(request: FhirRequest, interaction: Interaction): Promise<FhirResponse> {
    if (running.size >= mostRunning) {
      const diagnostics = 'The server makes as many files as it can at a time: ask again later';
      throw fhirError(429, 'throttled', diagnostics, undefined, { 'Retry-After': '10' });
    }
    const job = jobOf(request, interaction, Date.now());
    // What is wrong with the request is told at once.
    const { first } = job;
    await find({ ...request, method: 'GET', ...first, query: withCount(first.query, '1') }).run();
    const id = randomBytes(16).toString('hex');
    await jobs.put(id, job);
    work(id, job, request.access);
    return accepted(`The files are being made: ${addressOf(id)} tells when they are there`, {
      'Content-Location': addressOf(id),
    });
  }

  function work(id: string, job: Job, access: Access): void {
    running.add(id);
    const answer = async (page: FhirRequest) => find(page).run();
    const context = { jobs, access, baseUrl: spine.baseUrl, answer };
    void collect(context, id, job)
      .catch((error: unknown) => {
        if (!(error instanceof FhirError)) throw error;
        return { ...job, state: 'failed' as const, failure: { status: error.status, issues: error.issues } };
      })
      .then((finished) => finished && jobs.put(id, finished))
      .catch((error: unknown) => failures.set(id, error))
      .finally(() => running.delete(id));
  }

  async function status(request: FhirRequest, id: string): Promise<FhirResponse> {
    const job = await known(request, id);
    if (failures.has(id)) {
      const failure = failures.get(id);
      failures.delete(id);
      await jobs.remove(id);
      throw failure;
    }
    switch (job.state) {
      case 'running':
        if (!running.has(id) && Date.now() - job.touched > abandoned) work(id, job, request.access);
        return accepted('The files are being made', { 'Retry-After': '1', 'X-Progress': 'in progress' });
      case 'failed':
        throw new FhirError(Math.max(job.failure!.status, 500), job.failure!.issues);
      case 'done':
        return manifest(job, id);
    }
  }

  function manifest({ transactionTime, requestUrl, files, caller }: Job, id: string): FhirResponse {
    const items = files.map((file, position) => ({ ...file, url: `${addressOf(id)}/${position}` }));
    const isError = ({ type }: { type: string }) => type === 'OperationOutcome';
    const body = jsonBody({
      transactionTime,
      request: requestUrl,
      requiresAccessToken: caller !== '',
      output: items.filter((item) => !isError(item)),
      error: items.filter(isError),
    });
    const expires = new Date(Date.parse(transactionTime) + jobLife).toUTCString();
    return { status: 200, headers: { 'Content-Type': 'application/json', Expires: expires }, body };
  }

  async function cancel(request: FhirRequest, id: string): Promise<FhirResponse> {
    await known(request, id);
    await jobs.remove(id);
    return accepted('The files are removed', {});
  }

  async function file(request: FhirRequest, id: string, position: string): Promise<FhirResponse> {
    const job = await known(request, id);
    const content = /^\d{1,6}$/.test(position) ? await jobs.file(id, Number(position)) : undefined;
    if (job.state !== 'done' || content === undefined) throw unknown();
    return fileAnswer(spine, request, job, content);
  }

  async function known({ access }: FhirRequest, id: string): Promise<Job> {
    const job = /^[0-9a-f]{32}$/.test(id) ? await jobs.get(access, id) : undefined;
    if (job === undefined) throw unknown();
    return job;
  }

  function addressOf(id: string): string {
    return `${spine.baseUrl}/${jobsSegment}/${id}`;
  }

  return (request) => {
    const [segment, id = '', position = ''] = request.path;
    if (segment !== jobsSegment) {
      const interaction = findPresented(request);
      if (!respondsAsynchronously(request, interaction)) return interaction;
      return { ...interaction, run: () => kickOff(request, interaction) };
    }
    if (isFileAddress(request.path)) {
      allow(request, { GET: true });
      return { code: 'operation', operation: 'async-file', run: () => file(request, id, position) };
    }
    if (request.path.length !== 2) throw unknown();
    allow(request, { GET: true, DELETE: true });
    const run = request.method === 'DELETE' ? cancel : status;
    return { code: 'operation', operation: 'async-status', run: () => run(request, id) };
  };
}

function withCount(query: FhirRequest['query'], count: string): FhirRequest['query'] {
  return [...query.filter(([name]) => name !== '_count'), ['_count', count]];
}

function unknown(): FhirError {
  return fhirError(404, 'not-found', 'There are no such files: they were removed, or are no longer kept');
}

function accepted(diagnostics: string, headers: Readonly<Record<string, string>>): FhirResponse {
  const issue = { severity: 'information', code: 'informational', diagnostics } as const;
  return { status: 202, headers, body: jsonBody(operationOutcome([issue])) };
}
