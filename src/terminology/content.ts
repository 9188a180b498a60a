import type { CodeSystem, ValueSet } from 'fhir/r4.d.ts';
import { withVersion } from '../fhir/canonical.ts';
import { ended, indexSteps } from './code-system-builder.ts';
import type { CodeSystemIndex } from './code-system-index.ts';
import type { TerminologyResources } from './terminology.ts';

/** What one piece of work with terminology can look at, all in memory. */
export interface TerminologyContent {
  /** @param canonical with or without `|version` */
  valueSet(canonical: string): ValueSet | undefined;
  /** A code system of which any concept is held. */
  codeSystem(system: string, version?: string): CodeSystemIndex | undefined;
}

/** The code systems and value sets of conformance resources; the index of a code system is made once. */
export class HeldContent implements TerminologyContent {
  readonly #resources: Pick<TerminologyResources, 'valueSet' | 'codeSystem'>;
  readonly #indexes = new Map<string, CodeSystemIndex>();

  constructor(resources: Pick<TerminologyResources, 'valueSet' | 'codeSystem'>) {
    this.#resources = resources;
  }

  valueSet(canonical: string): ValueSet | undefined {
    return this.#resources.valueSet(canonical);
  }

  codeSystem(system: string, version?: string): CodeSystemIndex | undefined {
    return ended(this.codeSystemSteps(system, version));
  }

  /** The same in steps, between which others may work. */
  *codeSystemSteps(system: string, version?: string): Generator<void, CodeSystemIndex | undefined> {
    const canonical = withVersion(system, version);
    const known = this.#indexes.get(canonical);
    if (known !== undefined) return known;
    const held = this.#found(canonical);
    if (held === undefined) return undefined;
    // Whatever version was asked for, there is one index of each that is held.
    const own = withVersion(system, held.version);
    const index = this.#indexes.get(own) ?? (yield* indexSteps(held));
    this.#indexes.set(own, index);
    if (version === undefined) this.#indexes.set(system, index);
    return index;
  }

  #found(canonical: string): CodeSystem | undefined {
    const held = this.#resources.codeSystem(canonical);
    return held !== undefined && holdsConcepts(held) ? held : undefined;
  }
}

const contents = new WeakMap<object, HeldContent>();

/** The content of some conformance resources, the same for all who ask. */
export function contentOf(resources: Pick<TerminologyResources, 'valueSet' | 'codeSystem'>): HeldContent {
  const content = contents.get(resources) ?? new HeldContent(resources);
  contents.set(resources, content);
  return content;
}

/** A supplement tells more of the concepts of another code system; examples are none of the codes that there may be. */
export function holdsConcepts({ content, concept }: CodeSystem): boolean {
  return concept !== undefined && (content === 'complete' || content === 'fragment');
}
