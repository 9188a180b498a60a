import { closeSync, openSync, readSync } from 'node:fs';
import { loadConformanceIndex } from '../definitions/load.ts';
import type { ConformanceResource } from './conformance-resources.ts';
import { type ConformanceType, type Held, IndexedLayer, type Layer } from './layer.ts';

/** Where the resources of R4 lie is read when the first is sought; each of them is read when asked for. */
class R4Layer implements Layer {
  #indexed: Layer | undefined;

  find(type: ConformanceType, url: string): readonly Held[] {
    return this.#all().find(type, url);
  }

  urls(type: ConformanceType): Iterable<string> {
    return this.#all().urls(type);
  }

  #all(): Layer {
    this.#indexed ??= indexed();
    return this.#indexed;
  }
}

/**
 * The conformance resources of R4, once per process. Asking for one throws an Error when they were not compiled yet.
 */
export const r4Layer: Layer = new R4Layer();

function indexed(): Layer {
  const { index, file } = loadConformanceIndex();
  const resources = new IndexedLayer();
  for (const [type, url, version, start, length] of index) {
    resources.add(type, url, { version: version ?? undefined, read: () => readAt(file, start, length) });
  }
  return resources;
}

function readAt(file: URL, start: number, length: number): ConformanceResource {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.allocUnsafe(length);
    readSync(descriptor, bytes, 0, length, start);
    return JSON.parse(bytes.toString('utf8')) as ConformanceResource;
  } finally {
    closeSync(descriptor);
  }
}
