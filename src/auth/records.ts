import type { Basic } from 'fhir/r4.d.ts';
import { emptyIndexValues } from '../search/index-values.ts';
import type { PutChange, ResourceStores } from '../store/contract.ts';
import { searchPages } from '../store/search-pages.ts';

/**
 * Lasting documents of the server itself, such as the clients that are registered: each kind is a tenant of its own,
 * whose name no request can have, so that they are durable, versioned and copied with the data in either store.
 */
export interface Records<T> {
  read(id: string): Promise<Recorded<T> | undefined>;
  list(): Promise<Recorded<T>[]>;
  /** False when the id is in use or ever was. */
  create(id: string, value: T): Promise<boolean>;
  /** False when the version is not the current one. */
  replace(recorded: Recorded<T>, value: T): Promise<boolean>;
  /** False when the version is not the current one. */
  remove(recorded: Recorded<T>): Promise<boolean>;
}

export interface Recorded<T> {
  id: string;
  version: number;
  value: T;
}

const codeSystem = 'https://passerelle.fr/fhir/CodeSystem/record';
const valueUrl = 'https://passerelle.fr/fhir/StructureDefinition/record-value';

/** The records of a kind; a record is the JSON of its value in a `Basic` resource. */
export function records<T>(stores: Pick<ResourceStores, 'forTenant'>, kind: string): Records<T> {
  const store = stores.forTenant(`$${kind}`);
  const put = async (id: string, value: T, expectedVersion: number): Promise<boolean> => {
    const lastUpdated = Date.now();
    const version = expectedVersion + 1;
    const body: Basic = {
      resourceType: 'Basic',
      id,
      meta: { versionId: String(version), lastUpdated: new Date(lastUpdated).toISOString() },
      extension: [{ url: valueUrl, valueString: JSON.stringify(value) }],
      code: { coding: [{ system: codeSystem, code: kind }] },
    };
    const change: PutChange = {
      kind: 'put',
      type: 'Basic',
      id,
      version,
      expectedVersion,
      lastUpdated,
      method: 'PUT',
      body: JSON.stringify(body),
      restricted: false,
      // They are found by their id, or all together.
      index: emptyIndexValues(),
    };
    return (await store.commit([change])).ok;
  };
  return {
    async read(id) {
      const found = await store.read('Basic', id);
      return found === undefined || found.deleted ? undefined : recorded(found);
    },
    async list() {
      const found: Recorded<T>[] = [];
      const query = {
        type: 'Basic',
        expression: { kind: 'and' as const, operands: [] },
        sort: [],
        count: 500,
      };
      for await (const page of searchPages(store, query)) {
        for (const version of page) found.push(recorded(version));
      }
      return found;
    },
    create: (id, value) => put(id, value, 0),
    replace: ({ id, version }, value) => put(id, value, version),
    async remove({ id, version }) {
      const change = { kind: 'delete' as const, type: 'Basic', id, method: 'DELETE' as const };
      const versions = { version: version + 1, expectedVersion: version, lastUpdated: Date.now() };
      return (await store.commit([{ ...change, ...versions }])).ok;
    },
  };
}

function recorded<T>({ id, version, body }: { id: string; version: number; body: Buffer }): Recorded<T> {
  const { extension } = JSON.parse(body.toString('utf8')) as Basic;
  return { id, version, value: JSON.parse(extension?.[0]?.valueString ?? '') as T };
}
