import { answerMaxDepth, parseJsonInSteps } from '../../fhir/json.ts';
import type { Resource } from '../../fhir/resource.ts';
import type { Access } from '../access.ts';
import { pacer } from '../pacer.ts';
import type { FhirRequest, FhirResponse } from '../request.ts';
import type { FileContent, FileItem, Job, Jobs, PageAddress } from './job.ts';

/** Resources of one file. */
const fileResources = 1000;

/** What a job is worked off with. */
export interface CollectContext {
  jobs: Jobs;
  /** That of who asked for the job. */
  access: Access;
  /** Absolute URL of the FHIR base without trailing slash. */
  baseUrl: string;
  answer(request: FhirRequest): Promise<FhirResponse>;
}

interface PageBundle {
  link?: { relation: string; url: string }[];
  entry?: { resource?: Resource; search?: { mode?: string } }[];
}

type Versions = FileContent & { kind: 'versions' };

/**
 * Reads all pages that a job asks for and writes its files, each of one type.
 * @returns the finished job; undefined when it was cancelled meanwhile
 * @throws FhirError when a page is refused
 */
export async function collect(context: CollectContext, id: string, job: Job): Promise<Job | undefined> {
  const { jobs } = context;
  const pause = pacer();
  const files: FileItem[] = [];
  const open = new Map<string, [id: string, version: number][]>();
  const outcomes: unknown[] = [];
  // An include may come on several pages.
  const seen = new Set<string>();

  async function close(key: string, versions: Versions['versions']): Promise<void> {
    const [type = '', mode] = key.split(' ');
    await jobs.putFile(id, files.length, { kind: 'versions', type, isMatch: mode === 'match', versions });
    files.push({ type, count: versions.length });
    open.delete(key);
  }

  async function add({ resourceType, id: resourceId, meta }: Resource, isMatch: boolean): Promise<void> {
    const { versionId, lastUpdated = '' } = meta as { versionId: string; lastUpdated?: string };
    if (Date.parse(lastUpdated) > Date.parse(job.transactionTime)) return;
    if (!isMatch) {
      const name = `${resourceType}/${resourceId}`;
      if (seen.has(name)) return;
      seen.add(name);
    }
    const key = `${resourceType} ${isMatch ? 'match' : 'include'}`;
    const versions = open.get(key) ?? [];
    open.set(key, versions);
    if (versions.push([resourceId!, Number(versionId)]) === fileResources) await close(key, versions);
  }

  for (let page: PageAddress | undefined = job.first; page !== undefined; ) {
    const bundle = await pageOf(context, page, pause);
    for (const { resource, search } of bundle.entry ?? []) {
      await pause();
      if (search?.mode === 'outcome') outcomes.push(resource);
      else if (resource !== undefined) await add(resource, search?.mode !== 'include');
    }
    page = nextOf(bundle, context.baseUrl);
    if ((await jobs.get(job, id)) === undefined) return undefined;
    await jobs.put(id, { ...job, touched: Date.now() });
  }
  for (const [key, versions] of open) await close(key, versions);
  if (outcomes.length > 0) {
    await jobs.putFile(id, files.length, { kind: 'outcomes', outcomes });
    files.push({ type: 'OperationOutcome', count: outcomes.length });
  }
  return { ...job, touched: Date.now(), state: 'done', files };
}

async function pageOf(
  { answer, access, baseUrl }: CollectContext,
  page: PageAddress,
  pause: () => Promise<void>,
): Promise<PageBundle> {
  const { body } = await answer({ access, method: 'GET', ...page, headers: {}, baseUrl });
  return (await parseJsonInSteps(body!, pause, { maxDepth: answerMaxDepth })) as PageBundle;
}

function nextOf({ link }: PageBundle, baseUrl: string): PageAddress | undefined {
  const url = link?.find(({ relation }) => relation === 'next')?.url;
  if (url === undefined) return undefined;
  const [path = '', query = ''] = url.slice(baseUrl.length).split('?');
  return {
    path: path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent),
    query: [...new URLSearchParams(query)],
  };
}
