import type { StructureDefinition, ValueSet } from 'fhir/r4.d.ts';
import { splitCanonical } from '../../fhir/canonical.ts';
import type {
  ConformanceResources,
  ExtendedResources,
} from '../../fhir/conformance/conformance-resources.ts';
import { FhirError } from '../../fhir/error.ts';
import type { ResourceStore } from '../../store/contract.ts';
import { terminologyOf } from '../../terminology/local-terminology.ts';
import type { Terminology } from '../../terminology/terminology.ts';
import type { ConformanceValidator } from '../../validation/profiles/conformance-validator.ts';
import { pacer } from '../pacer.ts';
import { GatheredContent, type TerminologyScope } from '../terminology/service.ts';
import { lastWritten, parsed } from '../terminology/stored-resources.ts';
import { type NamedCanonicals, nameByDefinition, noneNamed } from './named-canonicals.ts';

export interface TenantParts {
  /** What all tenants have. */
  conformance: ConformanceResources;
  store: ResourceStore;
  /** The terminology of the tenant, for one piece of work. */
  terminology(): TerminologyScope;
  makeValidator(conformance: ConformanceResources, terminology: Terminology): ConformanceValidator;
}

/** Canonicals that are remembered of one tenant. */
const mostTaken = 10_000;
/** Canonicals of one search. */
const mostSought = 50;
/** Stored resources of the canonicals of one search, at most: those written last. */
const mostFound = 200;

/**
 * The profiles, value sets and code systems that a tenant has stored, brought into memory when a resource names them
 * first, with all that they name themselves. They stay as they were found: what is changed later is seen by another one.
 */
export class TenantDefinitions {
  readonly #parts: TenantParts;
  readonly #definitions: ExtendedResources;
  readonly #content: GatheredContent;
  /** What resources have named. */
  readonly #taken: NamedCanonicals = noneNamed();
  /** Definitions that were looked for in the store. */
  readonly #sought = new Set<string>();
  #last: Promise<void> = Promise.resolve();
  #hasFailed = false;
  readonly validator: ConformanceValidator;

  constructor(parts: TenantParts) {
    this.#parts = parts;
    this.#content = new GatheredContent(parts.conformance);
    this.#definitions = parts.conformance.extended();
    this.validator = parts.makeValidator(this.#definitions.resources, terminologyOf(this.#content));
  }

  /** True when it is time to begin anew: so much was asked for, or something could not be read. */
  get isSpent(): boolean {
    const { definitions, valueSets, codeSystems } = this.#taken;
    const taken = definitions.size + valueSets.size + codeSystems.size + this.#sought.size;
    return this.#hasFailed || taken > mostTaken;
  }

  /** Brings what is named and not there yet. */
  take(named: NamedCanonicals): Promise<void> {
    if (this.#isTaken(named)) return this.#last;
    // One after the other: none relies on what another one is still bringing.
    this.#last = this.#last
      .catch(() => undefined)
      .then(() => this.#bring(named))
      .catch((error) => {
        this.#hasFailed = true;
        throw error;
      });
    return this.#last;
  }

  #isTaken({ definitions, valueSets, codeSystems }: NamedCanonicals): boolean {
    const taken = this.#taken;
    return (
      definitions.isSubsetOf(taken.definitions) &&
      valueSets.isSubsetOf(taken.valueSets) &&
      codeSystems.isSubsetOf(taken.codeSystems)
    );
  }

  async #bring({ definitions, valueSets, codeSystems }: NamedCanonicals): Promise<void> {
    const named = { definitions: new Set(definitions), valueSets: new Set(valueSets), codeSystems };
    const found = await this.#bringDefinitions(named);
    const scope = this.#parts.terminology();
    for (const [canonical, valueSet] of found.flatMap(containedValueSets)) {
      await attempt(() => this.#content.add(scope, canonical, valueSet));
    }
    const taken = this.#taken;
    for (const url of named.valueSets.difference(taken.valueSets)) {
      taken.valueSets.add(url);
      await attempt(() => this.#content.takeValueSet(scope, url));
    }
    for (const url of codeSystems.difference(taken.codeSystems)) {
      taken.codeSystems.add(url);
      await attempt(() => this.#content.takeSystem(scope, url));
    }
  }

  /** Brings definitions, those that they name, and so on, and adds the value sets that these name; answers what was found. */
  async #bringDefinitions(named: NamedCanonicals): Promise<readonly StructureDefinition[]> {
    const { conformance } = this.#parts;
    const found: StructureDefinition[] = [];
    const pause = pacer();
    for (const canonical of named.definitions.difference(this.#taken.definitions)) {
      this.#taken.definitions.add(canonical);
      const held = conformance.structureDefinition(canonical);
      if (held !== undefined) nameByDefinition(held.definition, named);
      await pause();
    }
    for (;;) {
      const open = named.definitions.difference(this.#sought);
      if (open.size === 0) return found;
      for (const canonical of open) this.#sought.add(canonical);
      const lacking = [...open].filter((canonical) => !conformance.hasStructureDefinition(canonical));
      for (const definition of await this.#stored(lacking)) {
        this.#definitions.add(definition);
        found.push(definition);
        nameByDefinition(definition, named);
        await pause();
      }
    }
  }

  /** The stored definitions of some canonicals, in all versions, the last written first. */
  async #stored(canonicals: readonly string[]): Promise<StructureDefinition[]> {
    const found: StructureDefinition[] = [];
    const urls = [...new Set(canonicals.map((canonical) => splitCanonical(canonical).url))];
    for (let start = 0; start < urls.length; start += mostSought) {
      const operands = urls
        .slice(start, start + mostSought)
        .map((value) => ({ kind: 'uri' as const, parameter: 'url', value }));
      const { matches } = await this.#parts.store.search({
        type: 'StructureDefinition',
        expression: { kind: 'or', operands },
        sort: lastWritten,
        count: mostFound,
      });
      for (const version of matches) found.push(await parsed<StructureDefinition>(version));
    }
    return found;
  }
}

function containedValueSets({ url, contained = [] }: StructureDefinition): [string, ValueSet][] {
  return contained.flatMap((one): [string, ValueSet][] =>
    one.resourceType === 'ValueSet' && one.id !== undefined ? [[`${url}#${one.id}`, one as ValueSet]] : [],
  );
}

/** What is too large to be brought stays unknown. */
async function attempt(bring: () => Promise<void>): Promise<void> {
  try {
    await bring();
  } catch (error) {
    if (!(error instanceof FhirError)) throw error;
  }
}
