import { compareVersions } from '../canonical.ts';
import type { ConformanceResource } from './conformance-resources.ts';

/** A conformance resource that is read when it is asked for. */
export interface Held<T extends ConformanceResource = ConformanceResource> {
  version: string | undefined;
  read(): T;
  /** The JSON of what is too large to be read at once. */
  load?(): Promise<Buffer>;
}

export type ConformanceType = ConformanceResource['resourceType'];

/** Conformance resources of one source. */
export interface Layer {
  /** Those of a canonical URL, the one of the latest version first. The same objects at each call. */
  find(type: ConformanceType, url: string): readonly Held[];
  /** The canonical URLs of those of a type. */
  urls(type: ConformanceType): Iterable<string>;
}

const none: readonly Held[] = [];

/** A layer over resources that are known by type, URL and version. */
export class IndexedLayer implements Layer {
  readonly #byType: Readonly<Record<ConformanceType, Map<string, Held[]>>> = {
    StructureDefinition: new Map(),
    ValueSet: new Map(),
    CodeSystem: new Map(),
    ConceptMap: new Map(),
  };

  /** Those to which one was added since they were last in order. */
  readonly #unordered = new Set<Held[]>();

  /** Of the same version, the one that was added first is taken. */
  add(type: ConformanceType, url: string, held: Held): void {
    const all = this.#byType[type].get(url);
    if (all === undefined) this.#byType[type].set(url, [held]);
    else {
      all.push(held);
      this.#unordered.add(all);
    }
  }

  urls(type: ConformanceType): Iterable<string> {
    return this.#byType[type].keys();
  }

  find(type: ConformanceType, url: string): readonly Held[] {
    const all = this.#byType[type].get(url);
    if (all === undefined) return none;
    if (this.#unordered.delete(all)) all.sort((left, right) => compareVersions(right.version, left.version));
    return all;
  }
}
