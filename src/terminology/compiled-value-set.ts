import type { ValueSet, ValueSetComposeInclude } from 'fhir/r4.d.ts';
import { splitCanonical, withVersion } from '../fhir/canonical.ts';
import type { TerminologyContent } from './content.ts';
import { holdsWords, type Member, type Selection, type UsedSystem, undecided } from './selection.ts';
import { compileSystemRule, type SystemVersions } from './system-rule.ts';
import type { GivenCoding } from './terminology.ts';

/** Value sets that lead to one another by imports, at most. */
const deepestImport = 10;
/** Rules of one value set, at most: each is asked of every code. */
const mostRules = 1000;
/** Concepts that the filters of one value set may go through to be made ready, at most. */
const mostWork = 1_000_000;

/** Makes value sets ready to be asked, each once. */
export class ValueSetCompiler {
  readonly #content: TerminologyContent;
  readonly #versions: SystemVersions;
  readonly #compiled = new Map<string, Selection>();
  #work = 0;

  constructor(content: TerminologyContent, versions: SystemVersions = {}) {
    this.#content = content;
    this.#versions = versions;
  }

  /** The value set of a canonical URL; undefined when it is not held. */
  byUrl(canonical: string): Selection | undefined {
    this.#work = 0;
    return this.#byUrl(canonical, []);
  }

  /** A value set that is at hand. */
  of(valueSet: ValueSet): Selection {
    this.#work = 0;
    return this.#of(valueSet, valueSet.url === undefined ? [] : [valueSet.url]);
  }

  /** @param path the URLs of the value sets that lead here */
  #byUrl(canonical: string, path: readonly string[]): Selection | undefined {
    const { url } = splitCanonical(canonical);
    if (path.includes(url)) return undecided(`the value set ${url} imports itself`);
    if (path.length >= deepestImport) return undecided(`value sets import each other ${deepestImport} deep`);
    const known = this.#compiled.get(canonical);
    if (known !== undefined) return known;
    const valueSet = this.#content.valueSet(canonical);
    if (valueSet === undefined) return undefined;
    const compiled = new NamedSelection(this.#of(valueSet, [...path, url]));
    // One that imports itself by way of another does so wherever it is asked first.
    this.#compiled.set(canonical, compiled);
    return compiled;
  }

  #of(valueSet: ValueSet, path: readonly string[]): Selection {
    const { compose, expansion } = valueSet;
    if (compose === undefined) {
      return expansion === undefined
        ? undecided(`the value set ${valueSet.url ?? ''} has no content`)
        : listed(valueSet);
    }
    const { include, exclude = [], inactive: takesInactive } = compose;
    if (include.length + exclude.length > mostRules) {
      return undecided(`the value set ${valueSet.url ?? ''} has more than ${mostRules} rules`);
    }
    const includes = include.map((rule) => this.#rule(rule, path, takesInactive === false));
    const excludes = exclude.map((rule) => this.#rule(rule, path, false));
    const selection = new Composition(includes, excludes);
    // A value set whose definition is of a system that is not held may carry its members itself.
    return selection.problem !== undefined && expansion !== undefined
      ? either(selection, listed(valueSet))
      : selection;
  }

  #rule(rule: ValueSetComposeInclude, path: readonly string[], activeOnly: boolean): Selection {
    const parts = (rule.valueSet ?? []).map(
      (url) => this.#byUrl(url, path) ?? undecided(`the value set ${url} is not held`),
    );
    if (rule.system !== undefined) {
      const spend = (concepts: number) => {
        this.#work += concepts;
        return this.#work <= mostWork;
      };
      const context = { content: this.#content, versions: this.#versions, activeOnly, spend };
      parts.unshift(compileSystemRule(rule, context));
    }
    const [first, ...others] = parts;
    if (first === undefined) return undecided('a rule has neither a system nor a value set');
    return others.length === 0 ? first : new Intersection(first, others);
  }
}

/**
 * A value set that others may import, by many ways: what was asked last, and what its members were, is not worked out
 * again, so that no structure of imports takes more time than all its rules together.
 */
class NamedSelection implements Selection {
  readonly problem?: string;
  readonly #selection: Selection;
  #systems: readonly UsedSystem[] | undefined;
  #last: { coding: GivenCoding; has: boolean | undefined } | undefined;
  #lastFound: { coding: GivenCoding; member: Member | undefined } | undefined;
  #listed: { words: string; members: readonly Member[] } | undefined;

  constructor(selection: Selection) {
    this.#selection = selection;
    if (selection.problem !== undefined) this.problem = selection.problem;
  }

  get systems(): readonly UsedSystem[] {
    this.#systems ??= this.#selection.systems;
    return this.#systems;
  }

  has(coding: GivenCoding): boolean | undefined {
    if (this.#last?.coding !== coding) this.#last = { coding, has: this.#selection.has(coding) };
    return this.#last.has;
  }

  find(coding: GivenCoding): Member | undefined {
    if (this.#lastFound?.coding !== coding) {
      this.#lastFound = { coding, member: this.#selection.find?.(coding) };
    }
    return this.#lastFound.member;
  }

  *members(words: readonly string[]): Iterable<Member | undefined> {
    const key = words.join(' ');
    if (this.#listed?.words === key) {
      yield* this.#listed.members;
      return;
    }
    const members: Member[] = [];
    for (const member of this.#selection.members(words)) {
      if (member !== undefined) members.push(member);
      yield member;
    }
    this.#listed = { words: key, members };
  }
}

/** What all of some selections have. */
class Intersection implements Selection {
  readonly #first: Selection;
  readonly #others: readonly Selection[];
  readonly problem?: string;

  constructor(first: Selection, others: readonly Selection[]) {
    this.#first = first;
    this.#others = others;
    const problem = problemOf([first, ...others]);
    if (problem !== undefined) this.problem = problem;
  }

  get systems(): readonly UsedSystem[] {
    return systemsOf([this.#first, ...this.#others]);
  }

  has(coding: GivenCoding): boolean | undefined {
    return allHave([this.#first, ...this.#others], coding);
  }

  find(coding: GivenCoding): Member | undefined {
    return firstFound([this.#first, ...this.#others], coding);
  }

  *members(words: readonly string[]): Iterable<Member | undefined> {
    for (const member of this.#first.members(words)) {
      if (member === undefined) yield undefined;
      else if (allHave(this.#others, member) === true) yield member;
    }
  }
}

/** What any of the includes has and none of the excludes. */
class Composition implements Selection {
  readonly #includes: readonly Selection[];
  readonly #excludes: readonly Selection[];
  readonly problem?: string;

  constructor(includes: readonly Selection[], excludes: readonly Selection[]) {
    this.#includes = includes;
    this.#excludes = excludes;
    const problem = problemOf([...includes, ...excludes]);
    if (problem !== undefined) this.problem = problem;
  }

  get systems(): readonly UsedSystem[] {
    return systemsOf(this.#includes);
  }

  has(coding: GivenCoding): boolean | undefined {
    const included = anyHas(this.#includes, coding);
    if (included === false || this.#excludes.length === 0) return included;
    const excluded = anyHas(this.#excludes, coding);
    if (excluded === true) return false;
    return excluded === undefined ? undefined : included;
  }

  find(coding: GivenCoding): Member | undefined {
    return firstFound(this.#includes, coding);
  }

  *members(words: readonly string[]): Iterable<Member | undefined> {
    const seen = this.#includes.length > 1 ? new Set<string>() : undefined;
    for (const include of this.#includes) {
      for (const member of include.members(words)) {
        if (member === undefined) {
          yield undefined;
          continue;
        }
        if (this.#excludes.some((exclude) => exclude.has(member) === true)) continue;
        if (seen !== undefined) {
          const key = `${withVersion(member.system, member.version)}\n${member.code}`;
          if (seen.has(key)) {
            yield undefined;
            continue;
          }
          seen.add(key);
        }
        yield member;
      }
    }
  }
}

/** Members that the value set lists itself, in an expansion that somebody else made (valueset.html#expansion). */
function listed({ url, expansion }: ValueSet): Selection {
  const members: Member[] = [];
  const open = [...(expansion?.contains ?? [])].reverse();
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const { system, version, code, display, designation, abstract, inactive, contains = [] } = one;
    open.push(...[...contains].reverse());
    if (system === undefined || code === undefined) continue;
    members.push({
      system,
      code,
      ...(version === undefined ? {} : { version }),
      ...(display === undefined ? {} : { display }),
      ...(designation === undefined ? {} : { designation }),
      ...(abstract === undefined ? {} : { abstract }),
      ...(inactive === undefined ? {} : { inactive }),
    });
  }
  const bySystem = new Map<string, Set<string>>();
  const all = new Set<string>();
  for (const { system, code } of members) {
    bySystem.set(system, (bySystem.get(system) ?? new Set()).add(code));
    all.add(code);
  }
  // One page of a larger expansion says nothing of the codes that are not on it.
  const isWhole = (expansion?.total ?? members.length) <= members.length && (expansion?.offset ?? 0) === 0;
  return {
    systems: [],
    ...(isWhole ? {} : { problem: `the value set ${url ?? ''} holds a part of its expansion` }),
    has: ({ system, code }) =>
      (system === undefined ? all : bySystem.get(system))?.has(code) || (isWhole ? false : undefined),
    find: (coding) =>
      members.find(({ system, code }) => code === coding.code && (coding.system ?? system) === system),
    members: (words) => members.filter((member) => holdsWords(member, words)),
  };
}

/** What the definition decides, and where it does not, what the list says. */
function either(defined: Selection, list: Selection): Selection {
  return {
    ...list,
    has: (coding) => defined.has(coding) ?? list.has(coding),
    members: (words) => list.members(words),
  };
}

function systemsOf(selections: readonly Selection[]): UsedSystem[] {
  return [...new Set(selections.flatMap((selection) => selection.systems))];
}

function problemOf(selections: readonly Selection[]): string | undefined {
  return selections.find(({ problem }) => problem !== undefined)?.problem;
}

function firstFound(selections: readonly Selection[], coding: GivenCoding): Member | undefined {
  for (const selection of selections) {
    const found = selection.find?.(coding);
    if (found !== undefined) return found;
  }
  return undefined;
}

function anyHas(selections: readonly Selection[], coding: GivenCoding): boolean | undefined {
  let answer: boolean | undefined = false;
  for (const selection of selections) {
    const has = selection.has(coding);
    if (has === true) return true;
    if (has === undefined) answer = undefined;
  }
  return answer;
}

function allHave(selections: readonly Selection[], coding: GivenCoding): boolean | undefined {
  let answer: boolean | undefined = true;
  for (const selection of selections) {
    const has = selection.has(coding);
    if (has === false) return false;
    if (has === undefined) answer = undefined;
  }
  return answer;
}
