import type { CodeSystem, CodeSystemConcept } from 'fhir/r4.d.ts';
import { ended } from '../fhir/steps.ts';
import {
  abstractFlag,
  type CodeSystemHeader,
  CodeSystemIndex,
  type ConceptDetails,
  codeKey,
  inactiveFlag,
} from './code-system-index.ts';
import { ConceptLinks } from './concept-links.ts';
import { propertyRoles, propertyText } from './concept-properties.ts';

/** Concepts that are taken in before a step ends, so that others may work between the steps. */
const conceptsPerStep = 500;

/** Takes in the concepts of a code system piece by piece; each method is done in steps, between which others may work. */
export class CodeSystemIndexBuilder {
  readonly #header: CodeSystemHeader;
  readonly #roles: ReturnType<typeof propertyRoles>;
  readonly #numbers = new Map<string, number>();
  readonly #codes: string[] = [];
  readonly #displays: (string | undefined)[] = [];
  readonly #flags: number[] = [];
  readonly #details: (string | undefined)[] = [];
  /** Pairs of a concept and one directly below it, by number, and by code where that may still come. */
  readonly #edges: [parent: number | string, child: number | string][] = [];

  constructor(header: CodeSystemHeader) {
    this.#header = header;
    this.#roles = propertyRoles(header as CodeSystem);
  }

  get size(): number {
    return this.#codes.length;
  }

  /** Takes in concepts with those below them; a code that is there already is left as it is. */
  *add(concepts: readonly CodeSystemConcept[]): Generator<void> {
    // A stack of places in place of recursion: nobody bounds how deep concepts are nested.
    const open: { concepts: readonly CodeSystemConcept[]; next: number; parent?: number }[] = [
      { concepts, next: 0 },
    ];
    for (let place = open.at(-1); place !== undefined; place = open.at(-1)) {
      const concept = place.concepts[place.next++];
      if (concept === undefined) {
        open.pop();
        continue;
      }
      const number = this.#take(concept);
      if (place.parent !== undefined) this.#edges.push([place.parent, number]);
      if (concept.concept !== undefined) open.push({ concepts: concept.concept, next: 0, parent: number });
      if (this.size % conceptsPerStep === 0) yield;
    }
  }

  *finish(): Generator<void, CodeSystemIndex> {
    const pairs: [parent: number, child: number][] = [];
    const seen = new Set<number>();
    for (const [parent, child] of this.#edges) {
      const [above, below] = [this.#number(parent), this.#number(child)];
      if (above !== undefined && below !== undefined && above !== below) {
        const key = above * this.size + below;
        if (!seen.has(key)) pairs.push([above, below]);
        seen.add(key);
      }
      if (seen.size % conceptsPerStep === 0) yield;
    }
    const columns = {
      numbers: this.#numbers,
      codes: this.#codes,
      displays: this.#displays,
      flags: Uint8Array.from(this.#flags),
      details: this.#details,
    };
    yield;
    const children = new ConceptLinks(this.size, pairs, 0, 1);
    yield;
    const parents = new ConceptLinks(this.size, pairs, 1, 0);
    yield;
    return new CodeSystemIndex(this.#header, this.#isComplete(), columns, { parents, children });
  }

  /** Fragments are all of a code system together when they hold as many concepts as it has. */
  #isComplete(): boolean {
    const { content, count } = this.#header;
    return content === 'complete' || (content === 'fragment' && count === this.size);
  }

  #number(codeOrNumber: number | string): number | undefined {
    return typeof codeOrNumber === 'number'
      ? codeOrNumber
      : this.#numbers.get(codeKey(this.#header, codeOrNumber));
  }

  #take({ code, display, definition, designation, property }: CodeSystemConcept): number {
    const key = codeKey(this.#header, code);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#codes.length;
    this.#numbers.set(key, number);
    this.#codes.push(code);
    this.#displays.push(display);
    let flags = 0;
    const others = [];
    for (const one of property ?? []) {
      const text = propertyText(one);
      const role = this.#roles.get(one.code);
      if (text !== undefined && role === 'parent') this.#edges.push([text, number]);
      else if (text !== undefined && role === 'child') this.#edges.push([number, text]);
      else others.push(one);
      if (role === 'notSelectable' && text === 'true') flags |= abstractFlag;
      if (role === 'inactive' && text === 'true') flags |= inactiveFlag;
      if (role === 'status' && (text === 'retired' || text === 'inactive')) flags |= inactiveFlag;
    }
    this.#flags.push(flags);
    const details: ConceptDetails = {
      ...(definition === undefined ? {} : { definition }),
      ...(designation === undefined ? {} : { designation }),
      ...(others.length === 0 ? {} : { property: others }),
    };
    this.#details.push(Object.keys(details).length === 0 ? undefined : JSON.stringify(details));
    return number;
  }
}

/** The index of a code system that is held in one piece. */
export function indexOf(codeSystem: CodeSystem): CodeSystemIndex {
  return ended(indexSteps(codeSystem));
}

/** The same in steps, between which others may work. */
export function* indexSteps(codeSystem: CodeSystem): Generator<void, CodeSystemIndex> {
  const { concept = [], ...header } = codeSystem;
  const builder = new CodeSystemIndexBuilder(header);
  yield* builder.add(concept);
  return yield* builder.finish();
}
