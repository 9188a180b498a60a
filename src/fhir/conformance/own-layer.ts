import { readdirSync, readFileSync } from 'node:fs';
import type { ConformanceResource } from './conformance-resources.ts';
import { type ConformanceType, type Held, IndexedLayer, type Layer } from './layer.ts';

/** Folder of the artefacts of this server, one folder a resource type. */
const folder = new URL('../../../profiles/', import.meta.url);

/** The conformance resources that come with this server. Those of a type are looked through when the first is sought. */
class OwnLayer implements Layer {
  readonly #resources = new IndexedLayer();
  readonly #known = new Set<ConformanceType>();

  find(type: ConformanceType, url: string): readonly Held[] {
    return this.#ofType(type).find(type, url);
  }

  urls(type: ConformanceType): Iterable<string> {
    return this.#ofType(type).urls(type);
  }

  #ofType(type: ConformanceType): Layer {
    if (!this.#known.has(type)) this.#lookThrough(type);
    return this.#resources;
  }

  #lookThrough(type: ConformanceType): void {
    this.#known.add(type);
    for (const file of filesOf(type)) {
      const { url, version } = readResource(file);
      if (url !== undefined) this.#resources.add(type, url, { version, read: () => readResource(file) });
    }
  }
}

/** The conformance resources of this server, once per process. */
export const ownLayer: Layer = new OwnLayer();

function filesOf(type: ConformanceType): URL[] {
  const directory = new URL(`${type}/`, folder);
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => new URL(name, directory));
  } catch (error) {
    // There are not artefacts of every type.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function readResource(file: URL): ConformanceResource {
  return JSON.parse(readFileSync(file, 'utf8')) as ConformanceResource;
}
