import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FhirResource, Patient } from 'fhir/r4.d.ts';
import { population } from '../../../seeds/population/index.ts';
import { ownSearchParameters } from '../../../src/fhir/artefacts.ts';
import { loadDefinitions } from '../../../src/fhir/definitions/load.ts';
import type { Resource } from '../../../src/fhir/resource.ts';
import { readSettings } from '../../../src/operability/settings.ts';
import { createExtractor } from '../../../src/search/extract.ts';
import { createSearchParameters } from '../../../src/search/parameters.ts';
import { defaultTenant } from '../../../src/server-core.ts';
import { openStores } from '../../../src/server-stores.ts';
import type { Change, ResourceStore } from '../../../src/store/contract.ts';
import { type KnownPatient, knownPatient } from '../load.ts';
import type { BenchStore, DataPlace } from '../stores.ts';
import { isFollowed, observationsOf } from './observations.ts';

/** Patients with about ten observations each, in the store of a server. */
export interface SearchData {
  place: DataPlace;
  patients: KnownPatient[];
  /** Those with eighty observations. */
  followed: KnownPatient[];
}

/** A commit to MongoDB has to end within its time. */
const changesPerCommit = 500;

/** Commits that are made while the next changes are prepared. */
const commitsAhead = 4;

const loadedAt = Date.UTC(2026, 0, 2);

/**
 * Makes the data of this number of patients in the store.
 * @param kept a folder that keeps data of the embedded store: there an earlier run may have left them
 * @param progress is told how fast the loading was
 */
export async function prepareSearchData(
  store: BenchStore,
  kept: string | undefined,
  count: number,
  progress: (line: string) => void,
): Promise<SearchData> {
  const patients: KnownPatient[] = [];
  for (const patient of people(count)) patients.push(knownPatient(patient, true));
  const loadInto = async (settings: DataPlace['settings']) => {
    const started = performance.now();
    const resources = await load(settings, count);
    const seconds = (performance.now() - started) / 1000;
    progress(`${resources} resources loaded in ${Math.round(seconds)} s`);
  };
  const place =
    kept === undefined
      ? await newPlace(store, loadInto)
      : await keptPlace(join(kept, `patients-${count}`), loadInto);
  return { place, patients, followed: patients.filter((_patient, position) => isFollowed(position)) };
}

type Load = (settings: DataPlace['settings']) => Promise<void>;

async function newPlace(store: BenchStore, loadInto: Load): Promise<DataPlace> {
  const place = await store.newPlace();
  try {
    await loadInto(place.settings);
    return place;
  } catch (error) {
    await place.remove();
    throw error;
  }
}

async function keptPlace(folder: string, loadInto: Load): Promise<DataPlace> {
  if (!existsSync(folder)) {
    const unfinished = `${folder}-unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await loadInto({ DATA_DIR: unfinished });
    await rename(unfinished, folder);
  }
  return { folder, settings: { DATA_DIR: folder }, remove: async () => undefined };
}

function* people(count: number): Generator<Patient> {
  for (const bundle of population({ patients: count })) {
    for (const { resource } of bundle.entry ?? []) yield resource as Patient;
  }
}

/** Writes straight into the store: what is measured is the search. */
async function load(settings: DataPlace['settings'], count: number): Promise<number> {
  const definitions = loadDefinitions();
  const parameters = createSearchParameters(definitions, ownSearchParameters());
  const extract = createExtractor({ definitions, parameters, baseUrls: [] });
  const stores = await openStores(readSettings(settings), () => undefined);
  try {
    const commits = new Commits(stores.forTenant(defaultTenant));
    let position = 0;
    for (const patient of people(count)) {
      for (const resource of [patient, ...observationsOf(patient.id!, position)]) {
        await commits.add(putOf(resource, commits.total, extract));
      }
      position += 1;
    }
    await commits.end();
    return commits.total;
  } finally {
    await stores.close();
  }
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
    const commit = this.#store.commit(changes).then(({ ok }) => {
      if (!ok) throw new Error('The data of the search bench were refused');
    });
    // Its failure is told when its turn comes to be waited for.
    commit.catch(() => undefined);
    this.#underWay.push(commit);
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
