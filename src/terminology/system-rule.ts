import type { ValueSetComposeInclude, ValueSetComposeIncludeConcept } from 'fhir/r4.d.ts';
import { splitCanonical } from '../fhir/canonical.ts';
import type { CodeSystemIndex } from './code-system-index.ts';
import type { TerminologyContent } from './content.ts';
import { type ConceptTest, filtersTest } from './filters.ts';
import { type GrammarSystem, grammarSystem } from './grammar-systems.ts';
import { holdsWords, type Member, type Selection, type UsedSystem, undecided } from './selection.ts';

/** Which versions of code systems are taken (valueset-operation-expand.html), by the URL of the system. */
export interface SystemVersions {
  /** Where the value set names none. */
  assumed?: ReadonlyMap<string, string>;
  /** Whatever the value set names. */
  forced?: ReadonlyMap<string, string>;
}

/** Tests of concepts, of which one by a regular expression may take long, before others may work. */
const testsPerStep = 16;
/** Members that are looked at before others may work. */
const membersPerStep = 256;

/** What rules are made ready with. */
export interface RuleContext {
  content: TerminologyContent;
  versions: SystemVersions;
  /** Inactive concepts are left out. */
  activeOnly: boolean;
  /** Counts concepts that are gone through; false when there were too many. */
  spend: (concepts: number) => boolean;
}

/** What the system, the concepts and the filters of a rule choose (valueset.html#compositions). */
export function compileSystemRule(rule: ValueSetComposeInclude, context: RuleContext): Selection {
  const { system, version } = systemOf(rule.system as string, rule, context.versions);
  const index = lazy(() => context.content.codeSystem(system, version));
  const { activeOnly } = context;
  if (rule.concept !== undefined) return listedConcepts({ system, version, index, activeOnly }, rule.concept);
  const held = index();
  if (held !== undefined) return heldConcepts(system, held, rule.filter ?? [], context);
  const grammar = grammarSystem(system);
  if (grammar !== undefined && rule.filter === undefined) return grammarCodes(system, grammar);
  return undecidedOf(system, `the code system ${system} is not held`);
}

function undecidedOf(system: string, problem: string): Selection {
  return { ...undecided(problem), has: ofSystem(system, () => undefined) };
}

/** The code system that a rule is of, and the version of it that is taken. */
export function systemOf(
  canonical: string,
  { version }: ValueSetComposeInclude,
  { assumed, forced }: SystemVersions,
): { system: string; version: string | undefined } {
  const { url: system, version: named } = splitCanonical(canonical);
  return { system, version: forced?.get(system) ?? version ?? named ?? assumed?.get(system) };
}

/** A code of no system is asked of every system: elements of type code do not tell theirs. */
function ofSystem(system: string, has: (code: string) => boolean | undefined): Selection['has'] {
  return (coding) => (coding.system === undefined || coding.system === system ? has(coding.code) : false);
}

interface ListedSystem {
  system: string;
  version: string | undefined;
  index: () => CodeSystemIndex | undefined;
  activeOnly: boolean;
}

/** What the rule lists needs no content to be decided, only to be named. */
function listedConcepts(
  { system, version, index, activeOnly }: ListedSystem,
  concepts: readonly ValueSetComposeIncludeConcept[],
): Selection {
  const codes = new Map(concepts.map((concept) => [concept.code, concept]));
  const member = ({ code, display, designation }: ValueSetComposeIncludeConcept): Member => {
    const held = index();
    const concept = held?.find(code);
    if (held === undefined || concept === undefined) return { system, version, code, display, designation };
    const known = new HeldMember(system, held, concept);
    return {
      system,
      version: known.version,
      code,
      display: display ?? known.display,
      designation: [...(designation ?? []), ...(known.designation ?? [])],
      abstract: known.abstract,
      inactive: known.inactive,
      parents: known.parents,
    };
  };
  return {
    get systems() {
      const held = index();
      // The list is whole, whatever is held of the code system.
      return held === undefined ? [] : [{ ...usedSystem(system, held), isFragment: false }];
    },
    has: ofSystem(system, (code) => codes.has(code) && !(activeOnly && isInactive(index(), code))),
    find(coding) {
      const listed =
        coding.system === undefined || coding.system === system ? codes.get(coding.code) : undefined;
      return listed && member(listed);
    },
    *members(words) {
      for (const [position, concept] of concepts.entries()) {
        if (position % membersPerStep === membersPerStep - 1) yield undefined;
        const one = member(concept);
        if (!(activeOnly && one.inactive) && holdsWords(one, words)) yield one;
      }
    },
  };
}

function isInactive(index: CodeSystemIndex | undefined, code: string): boolean {
  const concept = index?.find(code);
  return concept !== undefined && index?.isInactive(concept) === true;
}

function heldConcepts(
  system: string,
  index: CodeSystemIndex,
  filters: NonNullable<ValueSetComposeInclude['filter']>,
  { activeOnly, spend }: RuleContext,
): Selection {
  const filter = filters.length === 0 ? everyConcept : filtersTest(index, filters, spend);
  if (typeof filter !== 'function') return undecidedOf(system, filter.problem);
  const passes: ConceptTest = activeOnly
    ? (concept) => !index.isInactive(concept) && filter(concept)
    : filter;
  // Of a part of a code system what is not found, or not found below another concept, may be there all the same.
  const otherwise = index.isComplete ? false : undefined;
  return {
    systems: [usedSystem(system, index)],
    has: ofSystem(system, (code) => {
      const concept = index.find(code);
      return concept !== undefined && passes(concept) ? true : otherwise;
    }),
    *members(words) {
      for (const block of index.holding(words)) {
        for (const [position, concept] of block.entries()) {
          if (passes(concept)) yield new HeldMember(system, index, concept);
          if (position % testsPerStep === testsPerStep - 1) yield undefined;
        }
        yield undefined;
      }
    },
  };
}

const everyConcept: ConceptTest = () => true;

function grammarCodes(system: string, grammar: GrammarSystem): Selection {
  const { codes } = grammar;
  const member = (code: string): Member => {
    const display = grammar.display?.(code, 'en');
    return { system, code, ...(display === undefined ? {} : { display }) };
  };
  return {
    systems: [],
    ...(codes === undefined
      ? { problem: `the codes of ${system} follow a grammar and cannot be listed` }
      : {}),
    has: ofSystem(system, (code) => grammar.has(code)),
    members: (words) => (codes?.() ?? []).map(member).filter((one) => holdsWords(one, words)),
  };
}

function usedSystem(system: string, { header, isComplete }: CodeSystemIndex): UsedSystem {
  const { version } = header;
  return { system, ...(version === undefined ? {} : { version }), isFragment: !isComplete };
}

/** A concept as a member of a value set. What is read of it is looked up then: most members are only counted. */
class HeldMember implements Member {
  readonly system: string;
  readonly #index: CodeSystemIndex;
  readonly #concept: number;

  constructor(system: string, index: CodeSystemIndex, concept: number) {
    this.system = system;
    this.#index = index;
    this.#concept = concept;
  }

  get version(): string | undefined {
    return this.#index.header.version;
  }

  get code(): string {
    return this.#index.code(this.#concept);
  }

  get display(): string | undefined {
    return this.#index.display(this.#concept);
  }

  get designation(): Member['designation'] {
    return this.#index.details(this.#concept).designation;
  }

  get abstract(): boolean {
    return this.#index.isAbstract(this.#concept);
  }

  get inactive(): boolean {
    return this.#index.isInactive(this.#concept);
  }

  get parents(): string[] {
    return this.#index.parents(this.#concept).map((parent) => this.#index.code(parent));
  }
}

function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
