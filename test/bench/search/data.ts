import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FhirResource, Patient } from 'fhir/r4.d.ts';
import { population } from '../../../seeds/population/index.ts';
import { ownSearchParameters } from '../../../src/fhir/artefacts.ts';
import { loadDefinitions } from '../../../src/fhir/definitions/load.ts';
import type { Resource } from '../../../src/fhir/resource.ts';
import { createExtractor } from '../../../src/search/extract.ts';
import { createSearchParameters } from '../../../src/search/parameters.ts';
import { defaultTenant } from '../../../src/server-core.ts';
import type { Change, ResourceStore } from '../../../src/store/contract.ts';
import { openSqliteStores } from '../../../src/store/sqlite/open.ts';
import { type KnownPatient, knownPatient } from '../load.ts';
import { isFollowed, observationsOf } from './observations.ts';

/** Patients with about ten observations each, in a data folder of a server. */
export interface SearchData {
  folder: string;
  patients: KnownPatient[];
  /** Those with eighty observations. */
  followed: KnownPatient[];
}

const changesPerCommit = 2000;

/** Commits that are made while the next changes are prepared. */
const commitsAhead = 2;

const loadedAt = Date.UTC(2026, 0, 2);

/**
 * Makes the data of this number of patients in a folder of `parent`, or takes what an earlier run left there.
 * @param progress is told how fast the loading was
 */
export async function prepareSearchData(
  parent: string,
  count: number,
  progress: (line: string) => void,
): Promise<SearchData> {
  const patients: KnownPatient[] = [];
  for (const patient of people(count)) patients.push(knownPatient(patient, true));
  const folder = join(parent, `patients-${count}`);
  if (!existsSync(folder)) {
    const started = performance.now();
    const unfinished = `${folder}-unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    const resources = await load(unfinished, count);
    await rename(unfinished, folder);
    const seconds = (performance.now() - started) / 1000;
    progress(`${resources} resources loaded in ${Math.round(seconds)} s`);
  }
  return { folder, patients, followed: patients.filter((_patient, position) => isFollowed(position)) };
}

function* people(count: number): Generator<Patient> {
  for (const bundle of population({ patients: count })) {
    for (const { resource } of bundle.entry ?? []) yield resource as Patient;
  }
}

/** Writes straight into the store: what is measured is the search. */
async function load(folder: string, count: number): Promise<number> {
  const definitions = loadDefinitions();
  const parameters = createSearchParameters(definitions, ownSearchParameters());
  const extract = createExtractor({ definitions, parameters, baseUrls: [] });
  const stores = await openSqliteStores({ directory: folder });
  const commits = new Commits(stores.forTenant(defaultTenant));
  let position = 0;
  for (const patient of people(count)) {
    for (const resource of [patient, ...observationsOf(patient.id!, position)]) {
      await commits.add(putOf(resource, commits.total, extract));
    }
    position += 1;
  }
  await commits.end();
  await stores.close();
  return commits.total;
}

/** Gathers changes to commits of some size. */
class Commits {
  total = 0;
  readonly #store: ResourceStore;
  readonly #underWay: Promise<void>[] = [];
  #changes: Change[] = [];

  constructor(store: ResourceStore) {
    this.#store = store;
  }

  async add(change: Change): Promise<void> {
    this.#changes.push(change);
    this.total += 1;
    if (this.#changes.length === changesPerCommit) await this.#commit();
  }

  async end(): Promise<void> {
    await this.#commit();
    await Promise.all(this.#underWay);
  }

  async #commit(): Promise<void> {
    const changes = this.#changes;
    this.#changes = [];
    this.#underWay.push(
      this.#store.commit(changes).then(({ ok }) => {
        if (!ok) throw new Error('The data of the search bench were refused');
      }),
    );
    if (this.#underWay.length > commitsAhead) await this.#underWay.shift();
  }
}

function putOf(
  resource: FhirResource,
  position: number,
  extract: ReturnType<typeof createExtractor>,
): Change {
  const { id = '', resourceType: type, meta } = resource;
  const lastUpdated = loadedAt + position;
  const stored = {
    ...resource,
    meta: { ...meta, versionId: '1', lastUpdated: new Date(lastUpdated).toISOString() },
  };
  return {
    kind: 'put',
    type,
    id,
    version: 1,
    expectedVersion: 0,
    lastUpdated,
    method: 'PUT',
    body: JSON.stringify(stored),
    restricted: false,
    index: extract(stored as unknown as Resource),
  };
}
