import type { CodeSystem, CodeSystemConcept } from 'fhir/r4.d.ts';
import { parseJson } from '../fhir/json.ts';
import { type ConceptLinks, noLinks } from './concept-links.ts';
import { searchText } from './search-text.ts';
import { TextBlock } from './text-block.ts';

/** Concepts whose texts are looked through in one piece. */
const blockSize = 256;

/** What `Columns.flags` tells of a concept. */
export const abstractFlag = 1;
export const inactiveFlag = 2;

/** A code system without its concepts. */
export type CodeSystemHeader = Omit<CodeSystem, 'concept'>;

/** What a concept says beyond its code, its display and its place. */
export type ConceptDetails = Pick<CodeSystemConcept, 'definition' | 'designation' | 'property'>;

/**
 * The concepts of one version of a code system in columns: a concept is a number, in the order of the code system.
 * Codes are found by a map, the hierarchy lies in two arrays of numbers, and the texts of 256 concepts make one string,
 * which is looked through at the speed of memory.
 */
export class CodeSystemIndex {
  readonly header: CodeSystemHeader;
  /** Every code of the code system is here: another one is none of its codes. */
  readonly isComplete: boolean;
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #concepts: Columns;
  readonly #hierarchy: Hierarchy;
  readonly #blocks: (TextBlock | undefined)[] = [];

  constructor(header: CodeSystemHeader, isComplete: boolean, columns: Columns, hierarchy: Hierarchy) {
    this.header = header;
    this.isComplete = isComplete;
    this.#numbers = columns.numbers;
    this.#concepts = columns;
    this.#hierarchy = hierarchy;
  }

  get size(): number {
    return this.#concepts.codes.length;
  }

  /** The number of a concept by its code, in any case of letters where the code system makes no difference. */
  find(code: string): number | undefined {
    return this.#numbers.get(codeKey(this.header, code));
  }

  code(concept: number): string {
    return this.#concepts.codes[concept] as string;
  }

  display(concept: number): string | undefined {
    return this.#concepts.displays[concept];
  }

  /** Without the properties that tell its place. */
  details(concept: number): ConceptDetails {
    const text = this.#concepts.details[concept];
    if (text === undefined) return noDetails;
    // Decimals alone need the parser that keeps them as they are written.
    return (text.includes('"valueDecimal"') ? parseJson(text) : JSON.parse(text)) as ConceptDetails;
  }

  /** It groups others and is not to be chosen itself. */
  isAbstract(concept: number): boolean {
    return ((this.#concepts.flags[concept] as number) & abstractFlag) !== 0;
  }

  isInactive(concept: number): boolean {
    return ((this.#concepts.flags[concept] as number) & inactiveFlag) !== 0;
  }

  parents(concept: number): readonly number[] {
    return this.#hierarchy.parents.of(concept);
  }

  children(concept: number): readonly number[] {
    return this.#hierarchy.children.of(concept);
  }

  /** A concept below another is a kind of it, not a part of it or merely grouped with it (codesystem.html#hierarchy). */
  get hasSubsumption(): boolean {
    return (this.header.hierarchyMeaning ?? 'is-a') === 'is-a';
  }

  /** A concept and all that are kinds of it. */
  below(concept: number): Set<number> {
    return reachable(concept, (one) => (this.hasSubsumption ? this.children(one) : noLinks));
  }

  /** A concept and all that it is a kind of. */
  above(concept: number): Set<number> {
    return reachable(concept, (one) => (this.hasSubsumption ? this.parents(one) : noLinks));
  }

  /**
   * The concepts whose code, display and designations hold every one of these words, in order and block by block; all
   * concepts without words.
   */
  *holding(words: readonly string[]): Generator<number[]> {
    for (let start = 0; start < this.size; start += blockSize) {
      const end = Math.min(start + blockSize, this.size);
      yield words.length === 0
        ? Array.from({ length: end - start }, (_, position) => start + position)
        : this.#block(start, end)
            .holding(words)
            .map((position) => start + position);
    }
  }

  #block(start: number, end: number): TextBlock {
    const number = start / blockSize;
    let block = this.#blocks[number];
    if (block === undefined) {
      const texts = [];
      for (let concept = start; concept < end; concept++) texts.push(this.#text(concept));
      block = new TextBlock(texts);
      this.#blocks[number] = block;
    }
    return block;
  }

  #text(concept: number): string {
    const designations = (this.details(concept).designation ?? []).map(({ value }) => value);
    return searchText([this.code(concept), this.display(concept) ?? '', ...designations].join(' '));
  }
}

/** The concepts by their numbers. */
export interface Columns {
  numbers: Map<string, number>;
  codes: string[];
  displays: (string | undefined)[];
  flags: Uint8Array;
  /** As JSON, which takes a third of the memory of objects. */
  details: (string | undefined)[];
}

const noDetails: ConceptDetails = {};

/** The concepts directly above and below each. */
export interface Hierarchy {
  parents: ConceptLinks;
  children: ConceptLinks;
}

/** The form of a code by which it is found (codesystem.html#4.8.10, `caseSensitive`). */
export function codeKey({ caseSensitive }: CodeSystemHeader, code: string): string {
  return caseSensitive === false ? code.toLowerCase() : code;
}

function reachable(start: number, next: (concept: number) => readonly number[]): Set<number> {
  const found = new Set([start]);
  // A set that grows while it is gone through gives the new members too.
  for (const concept of found) for (const other of next(concept)) found.add(other);
  return found;
}
