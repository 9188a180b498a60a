import type { CodeSystem, CodeSystemConcept, ValueSet } from 'fhir/r4.d.ts';
import { withVersion } from '../fhir/canonical.ts';
import type { LargeResource } from '../fhir/conformance/conformance-resources.ts';
import { jsonInPieces } from '../fhir/json-in-pieces.ts';
import { ended } from '../fhir/steps.ts';
import { CodeSystemIndexBuilder, indexSteps } from './code-system-builder.ts';
import type { CodeSystemIndex } from './code-system-index.ts';
import type { TerminologyResources } from './terminology.ts';

/** What one piece of work with terminology can look at, all in memory. */
export interface TerminologyContent {
  /** @param canonical with or without `|version` */
  valueSet(canonical: string): ValueSet | undefined;
  /** A code system of which any concept is held. */
  codeSystem(system: string, version?: string): CodeSystemIndex | undefined;
}

type HeldResources = Pick<TerminologyResources, 'valueSet' | 'codeSystem' | 'largeCodeSystem' | 'urls'>;

/** Goes through steps to their end, with pauses in which others work. */
type Pace = <T>(steps: Generator<unknown, T>) => Promise<T>;

/** The code systems and value sets of conformance resources; the index of a code system is made once. */
export class HeldContent implements TerminologyContent {
  readonly #resources: HeldResources;
  readonly #indexes = new Map<string, CodeSystemIndex>();
  /** Those that are being made of large code systems. */
  readonly #underWay = new Map<string, Promise<CodeSystemIndex | undefined>>();
  #largeSystems: ReadonlySet<string> | undefined;

  constructor(resources: HeldResources) {
    this.#resources = resources;
  }

  valueSet(canonical: string): ValueSet | undefined {
    return this.#resources.valueSet(canonical);
  }

  codeSystem(system: string, version?: string): CodeSystemIndex | undefined {
    return this.#known(system, version) ?? ended(this.#steps(system, version));
  }

  /** The same without holding up others: a large one is read and made ready piece by piece. */
  async loadCodeSystem(
    system: string,
    version: string | undefined,
    pace: Pace,
  ): Promise<CodeSystemIndex | undefined> {
    const known = this.#known(system, version);
    if (known !== undefined) return known;
    const large = this.#resources.largeCodeSystem(withVersion(system, version));
    if (large === undefined) return pace(this.#steps(system, version));
    const made = await this.#making(withVersion(system, large.version), large, pace);
    return made && this.#kept(system, version, made);
  }

  /** The URLs of the code systems that are too large to be read at once. */
  get largeSystems(): ReadonlySet<string> {
    this.#largeSystems ??= new Set(
      [...this.#resources.urls('CodeSystem')].filter((url) => this.#resources.largeCodeSystem(url)),
    );
    return this.#largeSystems;
  }

  #known(system: string, version: string | undefined): CodeSystemIndex | undefined {
    const canonical = withVersion(system, version);
    const known = this.#indexes.get(canonical);
    if (known !== undefined) return known;
    // Of a version that is not there stands the one that is.
    const large = this.#resources.largeCodeSystem(canonical);
    return large && this.#indexes.get(withVersion(system, large.version));
  }

  *#steps(system: string, version?: string): Generator<void, CodeSystemIndex | undefined> {
    const canonical = withVersion(system, version);
    const known = this.#known(system, version);
    if (known !== undefined) return known;
    const held = this.#found(canonical);
    if (held === undefined) return undefined;
    const index = this.#indexes.get(withVersion(system, held.version)) ?? (yield* indexSteps(held));
    return this.#kept(system, version, index);
  }

  /** Whatever version was asked for, there is one index of each that is held. */
  #kept(system: string, version: string | undefined, index: CodeSystemIndex): CodeSystemIndex {
    this.#indexes.set(withVersion(system, index.header.version), index);
    if (version === undefined) this.#indexes.set(system, index);
    return index;
  }

  /** One that is being made is made once for all who ask meanwhile. */
  #making(own: string, large: LargeResource, pace: Pace): Promise<CodeSystemIndex | undefined> {
    const making = this.#underWay.get(own) ?? this.#made(own, large, pace);
    this.#underWay.set(own, making);
    return making;
  }

  async #made(own: string, large: LargeResource, pace: Pace): Promise<CodeSystemIndex | undefined> {
    try {
      const index = await pace(largeIndexSteps(await large.load()));
      if (index !== undefined) this.#indexes.set(own, index);
      return index;
    } catch {
      // What is damaged is not held; the check of packages tells why.
      return undefined;
    } finally {
      this.#underWay.delete(own);
    }
  }

  #found(canonical: string): CodeSystem | undefined {
    const held = this.#resources.codeSystem(canonical);
    return held !== undefined && holdsConcepts(held) ? held : undefined;
  }
}

const contents = new WeakMap<object, HeldContent>();

/** The index of a code system of which a piece is parsed when it is needed, and forgotten then. */
function* largeIndexSteps(json: Buffer): Generator<void, CodeSystemIndex | undefined> {
  const { head, items } = yield* jsonInPieces(json);
  const header = head as unknown as CodeSystem;
  if (!holdsConcepts(header)) return undefined;
  const { concept: _, ...rest } = header;
  const builder = new CodeSystemIndexBuilder(rest);
  for (const piece of items('concept')) {
    yield* builder.add(piece as CodeSystemConcept[]);
    yield;
  }
  return yield* builder.finish();
}

/** The content of some conformance resources, the same for all who ask. */
export function contentOf(resources: HeldResources): HeldContent {
  const content = contents.get(resources) ?? new HeldContent(resources);
  contents.set(resources, content);
  return content;
}

/** A supplement tells more of the concepts of another code system; examples are none of the codes that there may be. */
export function holdsConcepts({ content, concept }: CodeSystem): boolean {
  return concept !== undefined && (content === 'complete' || content === 'fragment');
}
