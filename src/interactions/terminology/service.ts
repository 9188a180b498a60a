import type { ConceptMap, ValueSet } from 'fhir/r4.d.ts';
import { splitCanonical, withVersion } from '../../fhir/canonical.ts';
import type { ConformanceResources } from '../../fhir/conformance/conformance-resources.ts';
import type { CodeSystemIndex } from '../../terminology/code-system-index.ts';
import { contentOf, type HeldContent, type TerminologyContent } from '../../terminology/content.ts';
import type { RemoteTerminology } from '../../terminology/remote/remote-terminology.ts';
import { type SystemVersions, systemOf } from '../../terminology/system-rule.ts';
import type { Access } from '../access.ts';
import { paced, pacer } from '../pacer.ts';
import { IndexCache } from './index-cache.ts';
import { StoredTerminology } from './stored-resources.ts';

/** Conformance resources that lie in memory, and the bindings of elements. */
export type HeldResources = Pick<
  ConformanceResources,
  'valueSet' | 'codeSystem' | 'largeCodeSystem' | 'conceptMap' | 'urls' | 'structureDefinition'
>;

/** The terminology of a server: what lies in memory for all, and on top of it what is stored for each tenant. */
export class TerminologyService {
  /** Another server, which is asked for what cannot be decided here. */
  readonly remote: RemoteTerminology | undefined;
  readonly #resources: () => HeldResources;
  readonly #indexes = new IndexCache();

  /** @param resources those of R4, of this server and of packages; they are asked for when a request needs them */
  constructor(resources: () => HeldResources, remote?: RemoteTerminology) {
    this.#resources = resources;
    this.remote = remote;
  }

  /** What lies in memory, for all tenants. */
  get held(): HeldResources {
    return this.#resources();
  }

  /** Brings the large code systems of packages into memory whose codes resources have. */
  async takeLarge(systemsOf: () => ReadonlySet<string>): Promise<void> {
    const content = contentOf(this.held);
    if (content.largeSystems.size === 0) return;
    for (const system of content.largeSystems.intersection(systemsOf())) {
      await content.loadCodeSystem(system, undefined, paced);
    }
  }

  /** The terminology that one request works with. */
  of({ store, tenant }: Pick<Access, 'store' | 'tenant'>, baseUrl: string): TerminologyScope {
    const stored = new StoredTerminology({ store, tenant, baseUrl, indexes: this.#indexes });
    return new TerminologyScope(this.held, stored, this.remote);
  }
}

/** What one request finds: resources in memory first, then those that are stored. */
export class TerminologyScope {
  readonly held: HeldResources;
  readonly remote: RemoteTerminology | undefined;
  readonly #stored: StoredTerminology;

  constructor(held: HeldResources, stored: StoredTerminology, remote: RemoteTerminology | undefined) {
    this.held = held;
    this.remote = remote;
    this.#stored = stored;
  }

  /** By a canonical URL, or by the address of a stored resource. */
  async valueSet(canonical: string): Promise<ValueSet | undefined> {
    const held = this.held.valueSet(canonical);
    if (held !== undefined && isVersionOf(held, canonical)) return held;
    return (await this.#stored.valueSet(canonical)) ?? held;
  }

  /** As `valueSet`. */
  async conceptMap(canonical: string): Promise<ConceptMap | undefined> {
    const held = this.held.conceptMap(canonical);
    if (held !== undefined && isVersionOf(held, canonical)) return held;
    return (await this.#stored.conceptMap(canonical)) ?? held;
  }

  /** The maps that translate from a code system, or to it. */
  async conceptMaps(parameter: 'source-system' | 'target-system', system: string): Promise<ConceptMap[]> {
    const side = parameter === 'source-system' ? 'source' : 'target';
    const held: ConceptMap[] = [];
    const pause = pacer();
    for (const url of this.held.urls('ConceptMap')) {
      const map = this.held.conceptMap(url);
      if (map?.group?.some((group) => group[side] === system)) held.push(map);
      await pause();
    }
    return [...held, ...(await this.#stored.conceptMaps(parameter, system))];
  }

  /**
   * The concepts of a code system; undefined when none are held. One that is stored takes the place of one of which a
   * part alone lies in memory.
   */
  async codeSystem(system: string, version?: string): Promise<CodeSystemIndex | undefined> {
    const held = await contentOf(this.held).loadCodeSystem(system, version, paced);
    if (held?.isComplete && isVersionOf(held.header, withVersion(system, version))) return held;
    return (await this.#stored.codeSystem(system, version)) ?? held;
  }

  /** All that is needed to tell the members of a value set, brought into memory. */
  async contentFor(valueSet: ValueSet, versions: SystemVersions = {}): Promise<TerminologyContent> {
    const gathered = new GatheredContent(this.held, versions);
    await gathered.take(this, valueSet);
    return gathered;
  }

  /** All that is needed to tell something of the codes of a code system. */
  async contentOfSystem(system: string, version?: string): Promise<TerminologyContent> {
    const gathered = new GatheredContent(this.held);
    await gathered.takeSystem(this, system, version);
    return gathered;
  }
}

/** What lies in memory, with what was brought there from the store. */
export class GatheredContent implements TerminologyContent {
  readonly #held: HeldContent;
  readonly #versions: SystemVersions;
  readonly #valueSets = new Map<string, ValueSet | undefined>();
  readonly #codeSystems = new Map<string, CodeSystemIndex | undefined>();

  constructor(held: HeldResources, versions: SystemVersions = {}) {
    this.#held = contentOf(held);
    this.#versions = versions;
  }

  valueSet(canonical: string): ValueSet | undefined {
    return this.#valueSets.has(canonical) ? this.#valueSets.get(canonical) : this.#held.valueSet(canonical);
  }

  codeSystem(system: string, version?: string): CodeSystemIndex | undefined {
    const gathered = this.#codeSystems;
    // Of a version that was not gathered stands that which the value set takes.
    const key = [withVersion(system, version), system].find((canonical) => gathered.has(canonical));
    return key === undefined ? this.#held.codeSystem(system, version) : gathered.get(key);
  }

  /** Brings what a value set is made of. */
  async take(scope: TerminologyScope, { compose }: ValueSet): Promise<void> {
    for (const rule of [...(compose?.include ?? []), ...(compose?.exclude ?? [])]) {
      if (rule.system !== undefined) {
        const { system, version } = systemOf(rule.system, rule, this.#versions);
        await this.takeSystem(scope, system, version);
      }
      for (const canonical of rule.valueSet ?? []) await this.takeValueSet(scope, canonical);
    }
  }

  /** Brings the value set of a canonical, with what it is made of, once. */
  async takeValueSet(scope: TerminologyScope, canonical: string): Promise<void> {
    if (this.#valueSets.has(canonical)) return;
    await this.add(scope, canonical, await scope.valueSet(canonical));
  }

  /** Adds a value set that was found, with what it is made of, or that there is none. */
  async add(scope: TerminologyScope, canonical: string, valueSet: ValueSet | undefined): Promise<void> {
    this.#valueSets.set(canonical, valueSet);
    if (valueSet !== undefined) await this.take(scope, valueSet);
  }

  /** Brings the concepts of a code system, once. */
  async takeSystem(scope: TerminologyScope, system: string, version?: string): Promise<void> {
    const canonical = withVersion(system, version);
    if (this.#codeSystems.has(canonical)) return;
    this.#codeSystems.set(canonical, await scope.codeSystem(system, version));
  }
}

/** False when another version was asked for, which may be stored. */
function isVersionOf(resource: { version?: string | undefined }, canonical: string): boolean {
  const { version } = splitCanonical(canonical);
  return version === undefined || version === resource.version;
}
