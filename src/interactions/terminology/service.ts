import type { ConceptMap, ValueSet } from 'fhir/r4.d.ts';
import { splitCanonical, withVersion } from '../../fhir/canonical.ts';
import type { ConformanceResources } from '../../fhir/conformance/conformance-resources.ts';
import type { CodeSystemIndex } from '../../terminology/code-system-index.ts';
import { contentOf, type HeldContent, type TerminologyContent } from '../../terminology/content.ts';
import type { RemoteTerminology } from '../../terminology/remote/remote-terminology.ts';
import { type SystemVersions, systemOf } from '../../terminology/system-rule.ts';
import type { Access } from '../access.ts';
import { IndexCache } from './index-cache.ts';
import { paced, StoredTerminology } from './stored-resources.ts';

/** Conformance resources that lie in memory, and the bindings of elements. */
export type HeldResources = Pick<
  ConformanceResources,
  'valueSet' | 'codeSystem' | 'conceptMap' | 'structureDefinition'
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

  /** The terminology that one request works with. */
  of({ store, tenant }: Pick<Access, 'store' | 'tenant'>, baseUrl: string): TerminologyScope {
    const stored = new StoredTerminology({ store, tenant, baseUrl, indexes: this.#indexes });
    return new TerminologyScope(this.#resources(), stored, this.remote);
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

  /** The stored maps that translate from a code system, or to it. */
  conceptMaps(parameter: 'source-system' | 'target-system', system: string): Promise<ConceptMap[]> {
    return this.#stored.conceptMaps(parameter, system);
  }

  /**
   * The concepts of a code system; undefined when none are held. One that is stored takes the place of one of which a
   * part alone lies in memory.
   */
  async codeSystem(system: string, version?: string): Promise<CodeSystemIndex | undefined> {
    const held = await paced(contentOf(this.held).codeSystemSteps(system, version));
    if (held?.isComplete && isVersionOf(held.header, withVersion(system, version))) return held;
    return (await this.#stored.codeSystem(system, version)) ?? held;
  }

  /** All that is needed to tell the members of a value set, brought into memory. */
  async contentFor(valueSet: ValueSet, versions: SystemVersions = {}): Promise<TerminologyContent> {
    const gathered = new GatheredContent(this, versions);
    await gathered.take(valueSet);
    return gathered;
  }

  /** All that is needed to tell something of the codes of a code system. */
  async contentOfSystem(system: string, version?: string): Promise<TerminologyContent> {
    const gathered = new GatheredContent(this, {});
    await gathered.takeSystem(system, version);
    return gathered;
  }
}

class GatheredContent implements TerminologyContent {
  readonly #scope: TerminologyScope;
  readonly #held: HeldContent;
  readonly #versions: SystemVersions;
  readonly #valueSets = new Map<string, ValueSet | undefined>();
  readonly #codeSystems = new Map<string, CodeSystemIndex | undefined>();

  constructor(scope: TerminologyScope, versions: SystemVersions) {
    this.#scope = scope;
    this.#held = contentOf(scope.held);
    this.#versions = versions;
  }

  valueSet(canonical: string): ValueSet | undefined {
    return this.#valueSets.has(canonical) ? this.#valueSets.get(canonical) : this.#held.valueSet(canonical);
  }

  codeSystem(system: string, version?: string): CodeSystemIndex | undefined {
    const canonical = withVersion(system, version);
    return this.#codeSystems.has(canonical)
      ? this.#codeSystems.get(canonical)
      : this.#held.codeSystem(system, version);
  }

  async take({ compose }: ValueSet): Promise<void> {
    for (const rule of [...(compose?.include ?? []), ...(compose?.exclude ?? [])]) {
      if (rule.system !== undefined) {
        const { system, version } = systemOf(rule.system, rule, this.#versions);
        await this.takeSystem(system, version);
      }
      for (const canonical of rule.valueSet ?? []) {
        if (this.#valueSets.has(canonical)) continue;
        const imported = await this.#scope.valueSet(canonical);
        this.#valueSets.set(canonical, imported);
        if (imported !== undefined) await this.take(imported);
      }
    }
  }

  async takeSystem(system: string, version: string | undefined): Promise<void> {
    const canonical = withVersion(system, version);
    if (this.#codeSystems.has(canonical)) return;
    this.#codeSystems.set(canonical, await this.#scope.codeSystem(system, version));
  }
}

/** False when another version was asked for, which may be stored. */
function isVersionOf(resource: { version?: string | undefined }, canonical: string): boolean {
  const { version } = splitCanonical(canonical);
  return version === undefined || version === resource.version;
}
