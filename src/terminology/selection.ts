import type { CodeSystemConceptDesignation } from 'fhir/r4.d.ts';
import { searchText } from './search-text.ts';
import type { GivenCoding } from './terminology.ts';

/** A code system that a selection is made from. */
export interface UsedSystem {
  system: string;
  version?: string;
  /** Not all of its concepts are held. */
  isFragment: boolean;
}

/** A member of a value set. */
export interface Member {
  readonly system: string;
  readonly version?: string | undefined;
  readonly code: string;
  /** The display of the value set, where it gives one, else that of the code system. */
  readonly display?: string | undefined;
  readonly designation?: readonly CodeSystemConceptDesignation[] | undefined;
  /** True for what is not to be chosen itself. */
  readonly abstract?: boolean | undefined;
  readonly inactive?: boolean | undefined;
  /** Codes of the same system directly above it. */
  readonly parents?: readonly string[];
}

/** What is chosen by one rule, or by several together. */
export interface Selection {
  /** undefined where it cannot be decided. */
  has(coding: GivenCoding): boolean | undefined;
  /** The code systems whose content it is made with; only read where somebody wants to know. */
  readonly systems: readonly UsedSystem[];
  /** Why the members cannot be told; absent where they can. */
  problem?: string;
  /** The member of a code as the value set itself names it, where it does. */
  find?(coding: GivenCoding): Member | undefined;
  /**
   * The members that hold all of these words, in order; `undefined` now and then, where others may work. It is only
   * asked for where there is no `problem`.
   */
  members(words: readonly string[]): Iterable<Member | undefined>;
}

/** A selection of which nothing can be told. */
export function undecided(problem: string): Selection {
  return { problem, systems: [], has: () => undefined, members: () => [] };
}

/** Whether the code, the display and the designations of a member hold every one of these words. */
export function holdsWords(
  { code, display = '', designation = [] }: Member,
  words: readonly string[],
): boolean {
  if (words.length === 0) return true;
  const text = searchText([code, display, ...designation.map(({ value }) => value)].join(' '));
  return words.every((word) => text.includes(word));
}
