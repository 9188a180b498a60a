import type { Issue } from '../../fhir/error.ts';
import type { ExpiringStore } from '../../store/contract.ts';
import type { QueryParameter } from '../request.ts';

/** A request that is answered by files (R4 async.html), as the store keeps it. */
export interface Job {
  tenant: string;
  /** See `Access.caller`. */
  caller: string;
  /** The URL that was asked for, as the manifest repeats it. */
  requestUrl: string;
  /** The first page of what is asked for. */
  first: PageAddress;
  /** Matches are cut down to what these ask for (`_summary`, `_elements`). */
  representation: readonly QueryParameter[];
  /** The resource type of all matches, where the URL names one. */
  type?: string;
  /** Instant of the request: what was written later is not in the files. */
  transactionTime: string;
  /** When a page was last read, in milliseconds since 1970 UTC. */
  touched: number;
  state: 'running' | 'done' | 'failed';
  files: readonly FileItem[];
  /** Why it failed. */
  failure?: { status: number; issues: readonly Issue[] };
}

/** Address of a page below the base. */
export interface PageAddress {
  path: readonly string[];
  query: readonly QueryParameter[];
}

/** A file of the manifest, by its position in it. */
export interface FileItem {
  type: string;
  count: number;
}

/**
 * What a file is made of. Resources are kept by their versions and read when the file is asked for: what was erased
 * meanwhile is then in no file.
 */
export type FileContent =
  | {
      kind: 'versions';
      type: string;
      isMatch: boolean;
      versions: readonly (readonly [id: string, version: number])[];
    }
  | { kind: 'outcomes'; outcomes: readonly unknown[] };

/** How long a job and its files are kept after the last page was read, in milliseconds. */
export const jobLife = 24 * 3_600_000;

/** The jobs of the store that all servers of the data share; those of others than who asks are not found. */
export class Jobs {
  readonly #store: ExpiringStore;

  constructor(store: ExpiringStore) {
    this.#store = store;
  }

  async get({ tenant, caller }: Pick<Job, 'tenant' | 'caller'>, id: string): Promise<Job | undefined> {
    const text = await this.#store.get(jobKey(id));
    const job = text === undefined ? undefined : (JSON.parse(text) as Job);
    return job?.tenant === tenant && job.caller === caller ? job : undefined;
  }

  put(id: string, job: Job): Promise<void> {
    return this.#store.put(jobKey(id), JSON.stringify(job), jobLife, jobKey(id));
  }

  async file(id: string, position: number): Promise<FileContent | undefined> {
    const text = await this.#store.get(fileKey(id, position));
    return text === undefined ? undefined : (JSON.parse(text) as FileContent);
  }

  putFile(id: string, position: number, content: FileContent): Promise<void> {
    return this.#store.put(fileKey(id, position), JSON.stringify(content), jobLife, jobKey(id));
  }

  /** Removes a job with its files. */
  remove(id: string): Promise<void> {
    return this.#store.deleteByGroup(jobKey(id));
  }
}

function jobKey(id: string): string {
  return `async ${id}`;
}

function fileKey(id: string, position: number): string {
  return `async ${id} ${position}`;
}
