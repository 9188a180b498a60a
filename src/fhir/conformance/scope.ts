import type { CodeSystem, ConceptMap, StructureDefinition, ValueSet } from 'fhir/r4.d.ts';
import { splitCanonical } from '../canonical.ts';
import type {
  ConformanceResource,
  ConformanceResources,
  ExtendedResources,
  FoundStructureDefinition,
  LargeResource,
} from './conformance-resources.ts';
import { type ConformanceType, type Held, IndexedLayer, type Layer } from './layer.ts';
import { deriveSnapshot } from './snapshot/derive.ts';
import { elementsOf, isIrregular, treeOf } from './snapshot/element-tree.ts';
import { SnapshotError } from './snapshot/error.ts';

/** The most profiles of which each is the base of the one before it. */
const longestChain = 100;

/** Where a canonical leads to. */
interface Found {
  held: Held;
  /** The scope that has it: what it refers to is looked for from there. */
  owner: Scope;
  isFallback: boolean;
}

/** A layer on top of a scope of others. What is read and derived is kept for as long as somebody uses it. */
export class Scope implements ConformanceResources {
  readonly #layer: Layer;
  readonly #below: Scope | undefined;
  readonly #wins: boolean;
  readonly #read = new Map<Held, WeakRef<ConformanceResource>>();
  readonly #withSnapshot = new Map<Held, WeakRef<StructureDefinition>>();
  readonly #problems = new Map<Held, string>();
  /** What is being derived now, to tell cycles. */
  readonly #deriving = new Set<Held>();

  /** @param wins whether the layer is asked before the scope of the others */
  constructor(layer: Layer, below?: Scope, wins = true) {
    this.#layer = layer;
    this.#below = below;
    this.#wins = wins;
  }

  structureDefinition(canonical: string): FoundStructureDefinition | undefined {
    const found = this.#find('StructureDefinition', canonical);
    if (found === undefined) return undefined;
    const definition = found.owner.#complete(found.held);
    return definition && { definition, isFallback: found.isFallback };
  }

  hasStructureDefinition(canonical: string): boolean {
    return this.#find('StructureDefinition', canonical)?.isFallback === false;
  }

  problem(canonical: string): string | undefined {
    const found = this.#find('StructureDefinition', canonical);
    if (found === undefined || found.owner.#complete(found.held) !== undefined) return undefined;
    return found.owner.#problems.get(found.held);
  }

  valueSet(canonical: string): ValueSet | undefined {
    const [holder = '', id] = canonical.split('#');
    if (id === undefined) return this.#resource('ValueSet', canonical) as ValueSet | undefined;
    const { contained } = this.structureDefinition(holder)?.definition ?? {};
    return contained?.find((one) => one.resourceType === 'ValueSet' && one.id === id) as ValueSet | undefined;
  }

  codeSystem(canonical: string): CodeSystem | undefined {
    return this.#resource('CodeSystem', canonical) as CodeSystem | undefined;
  }

  largeCodeSystem(canonical: string): LargeResource | undefined {
    const held = this.#find('CodeSystem', canonical)?.held;
    return held?.load && { version: held.version, load: held.load };
  }

  conceptMap(canonical: string): ConceptMap | undefined {
    return this.#resource('ConceptMap', canonical) as ConceptMap | undefined;
  }

  urls(type: ConformanceType): ReadonlySet<string> {
    return new Set([...this.#layer.urls(type), ...(this.#below?.urls(type) ?? [])]);
  }

  with(resources: readonly ConformanceResource[]): ConformanceResources {
    const layer = new IndexedLayer();
    for (const resource of resources) addTo(layer, resource);
    return new Scope(layer, this);
  }

  extended(): ExtendedResources {
    const layer = new IndexedLayer();
    return { resources: new Scope(layer, this, false), add: (resource) => addTo(layer, resource) };
  }

  #find(type: ConformanceType, canonical: string): Found | undefined {
    const { url, version } = splitCanonical(canonical);
    const exact = version === undefined ? undefined : this.#ofVersion(type, url, version);
    const found = exact ?? this.#latest(type, url);
    return found && { ...found, isFallback: version !== undefined && exact === undefined };
  }

  #ofVersion(type: ConformanceType, url: string, version: string): Omit<Found, 'isFallback'> | undefined {
    const all = this.#layer.find(type, url);
    const held =
      all.find((each) => each.version === version) ??
      all.find((each) => each.version?.startsWith(`${version}.`));
    return this.#first(held, (below) => below.#ofVersion(type, url, version));
  }

  #latest(type: ConformanceType, url: string): Omit<Found, 'isFallback'> | undefined {
    const [held] = this.#layer.find(type, url);
    return this.#first(held, (below) => below.#latest(type, url));
  }

  /** What the layer has, or what the scope below has. */
  #first(held: Held | undefined, below: (scope: Scope) => Omit<Found, 'isFallback'> | undefined) {
    const own = held && { held, owner: this };
    if (this.#below === undefined) return own;
    return this.#wins ? (own ?? below(this.#below)) : (below(this.#below) ?? own);
  }

  #resource(type: ConformanceType, canonical: string): ConformanceResource | undefined {
    const found = this.#find(type, canonical);
    return found === undefined ? undefined : found.owner.#readOnce(found.held);
  }

  #readOnce(held: Held): ConformanceResource | undefined {
    const known = this.#read.get(held)?.deref();
    if (known !== undefined || this.#problems.has(held)) return known;
    try {
      const resource = held.read();
      this.#read.set(held, new WeakRef(resource));
      return resource;
    } catch (error) {
      this.#problems.set(held, `it cannot be read: ${(error as Error).message}`);
      return undefined;
    }
  }

  /** The definition with its snapshot; undefined, the problem noted, where there can be none. */
  #complete(held: Held): StructureDefinition | undefined {
    const known = this.#withSnapshot.get(held)?.deref();
    if (known !== undefined || this.#problems.has(held)) return known;
    const definition = this.#readOnce(held) as StructureDefinition | undefined;
    if (definition === undefined) return undefined;
    this.#deriving.add(held);
    try {
      const completed = this.#withElements(definition);
      this.#withSnapshot.set(held, new WeakRef(completed));
      return completed;
    } catch (error) {
      const { message } = error as Error;
      this.#problems.set(held, error instanceof SnapshotError ? message : `it is malformed: ${message}`);
      return undefined;
    } finally {
      this.#deriving.delete(held);
    }
  }

  #withElements(definition: StructureDefinition): StructureDefinition {
    const published = definition.snapshot?.element ?? [];
    if (published.length === 0) return { ...definition, snapshot: { element: this.#derived(definition) } };
    if (!isIrregular(published)) return definition;
    return { ...definition, snapshot: { element: elementsOf(treeOf(published)) } };
  }

  #derived(definition: StructureDefinition) {
    const { baseDefinition } = definition;
    if (typeof baseDefinition !== 'string') throw new SnapshotError('it names no base and has no snapshot');
    const found = this.#find('StructureDefinition', baseDefinition);
    if (found === undefined) throw new SnapshotError(`its base ${baseDefinition} is not known`);
    if (this.#deriving.has(found.held))
      throw new SnapshotError(`its base ${baseDefinition} is based on itself`);
    if (this.#deriving.size > longestChain) {
      throw new SnapshotError(`more than ${longestChain} profiles are based on each other`);
    }
    const base = found.owner.#complete(found.held);
    if (base === undefined) {
      throw new SnapshotError(
        `its base ${baseDefinition} cannot be used: ${found.owner.#problems.get(found.held)}`,
      );
    }
    return deriveSnapshot(definition, base, (canonical) => this.#unfolding(canonical));
  }

  /** What describes the children of an element: not what is just being derived, which would have no end. */
  #unfolding(canonical: string): StructureDefinition | undefined {
    const found = this.#find('StructureDefinition', canonical);
    return found === undefined || this.#deriving.has(found.held)
      ? undefined
      : found.owner.#complete(found.held);
  }
}

function addTo(layer: IndexedLayer, resource: ConformanceResource): void {
  const { resourceType, url, version } = resource;
  if (typeof url === 'string') layer.add(resourceType, url, { version, read: () => resource });
}
