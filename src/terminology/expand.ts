import type { ValueSetExpansionContains } from 'fhir/r4.d.ts';
import { splitCanonical } from '../fhir/canonical.ts';
import { fhirError } from '../fhir/error.ts';
import { chosenDesignations, displayIn } from './designations.ts';
import { grammarSystem } from './grammar-systems.ts';
import { searchWords } from './search-text.ts';
import type { Member, Selection } from './selection.ts';

/** Members that one answer holds, at most. */
export const mostMembers = 10_000;

/** Steps of going through members, found or not, after which an expansion is given up. */
export const mostSteps = 2_000_000;

/** What is asked of an expansion (valueset-operation-expand.html). */
export interface ExpansionWishes {
  filter?: string | undefined;
  offset?: number | undefined;
  count?: number | undefined;
  activeOnly?: boolean | undefined;
  /** Concepts that are not to be chosen are left out. */
  excludeNotForUI?: boolean | undefined;
  /** False: members stand within the one above them, as far as the expansion is whole. */
  excludeNested?: boolean | undefined;
  includeDesignations?: boolean | undefined;
  /** Tokens of uses and languages. */
  designation?: readonly string[] | undefined;
  displayLanguage?: string | undefined;
  /** Canonicals of code systems whose codes are left out. */
  excludedSystems?: readonly string[] | undefined;
}

/** One page of the members of a value set. */
export interface ExpandedPage {
  /** Of all pages. */
  total: number;
  contains: ValueSetExpansionContains[];
}

/**
 * The members of a selection.
 * @param pause lets others work where it is time to
 * @throws FhirError 422 when they cannot be told, or when all are asked for and there are too many of them
 */
export async function expand(
  selection: Selection,
  wishes: ExpansionWishes,
  pause: () => Promise<void>,
): Promise<ExpandedPage> {
  if (selection.problem !== undefined) {
    throw fhirError(422, 'not-supported', `The value set cannot be expanded here: ${selection.problem}`);
  }
  const { offset = 0, count, activeOnly, excludeNotForUI, excludedSystems = [] } = wishes;
  const isPaged = count !== undefined || wishes.offset !== undefined;
  const end = offset + Math.min(count ?? mostMembers, mostMembers);
  const isExcluded = systemTest(excludedSystems);
  const page: Member[] = [];
  let total = 0;
  let steps = 0;
  for (const member of selection.members(searchWords(wishes.filter))) {
    if (++steps > mostSteps) throw fhirError(422, 'too-costly', 'The expansion takes too many steps');
    if (member === undefined) {
      await pause();
      continue;
    }
    if (activeOnly && member.inactive) continue;
    if (excludeNotForUI && member.abstract) continue;
    if (isExcluded(member)) continue;
    if (total >= offset && total < end) page.push(member);
    total++;
    if (!isPaged && total > mostMembers) {
      const advice = 'ask for a page of it by count and offset, or narrow it by filter';
      throw fhirError(422, 'too-costly', `The expansion has more than ${mostMembers} concepts: ${advice}`);
    }
  }
  const isNested = wishes.excludeNested === false && !isPaged && wishes.filter === undefined;
  return {
    total,
    contains: isNested ? nested(page, wishes) : page.map((member) => contained(member, wishes)),
  };
}

function systemTest(canonicals: readonly string[]): (member: Member) => boolean {
  const excluded = canonicals.map(splitCanonical);
  return ({ system, version }) =>
    excluded.some((one) => one.url === system && (one.version === undefined || one.version === version));
}

/** Each member within the first of those above it that is a member too. */
function nested(members: readonly Member[], wishes: ExpansionWishes): ValueSetExpansionContains[] {
  const all = new Map(
    members.map((member) => [keyOf(member.system, member.code), contained(member, wishes)]),
  );
  const roots: ValueSetExpansionContains[] = [];
  const placed = new Map<string, string>();
  for (const { system, code, parents = [] } of members) {
    const key = keyOf(system, code);
    const one = all.get(key) as ValueSetExpansionContains;
    const parent = parents.map((above) => keyOf(system, above)).find((above) => all.has(above));
    // In a circle of concepts one of them has to be the root.
    if (parent === undefined || leadsTo(placed, parent, key)) {
      roots.push(one);
      continue;
    }
    placed.set(key, parent);
    const above = all.get(parent) as ValueSetExpansionContains;
    above.contains = [...(above.contains ?? []), one];
  }
  return roots;
}

function leadsTo(parents: ReadonlyMap<string, string>, start: string, end: string): boolean {
  for (let key: string | undefined = start; key !== undefined; key = parents.get(key)) {
    if (key === end) return true;
  }
  return false;
}

function keyOf(system: string, code: string): string {
  return `${system}\n${code}`;
}

function contained(member: Member, wishes: ExpansionWishes): ValueSetExpansionContains {
  const { system, version, code, abstract, inactive, designation } = member;
  const { displayLanguage } = wishes;
  const named = displayIn(member, displayLanguage);
  const display =
    displayLanguage === undefined
      ? named
      : (grammarSystem(system)?.display?.(code, displayLanguage) ?? named);
  const shown =
    wishes.includeDesignations || wishes.designation?.length
      ? chosenDesignations(designation ?? [], wishes.designation ?? [])
      : [];
  return {
    system,
    ...(abstract ? { abstract } : {}),
    ...(inactive ? { inactive } : {}),
    ...(version === undefined ? {} : { version }),
    code,
    ...(display === undefined ? {} : { display }),
    ...(shown.length === 0 ? {} : { designation: [...shown] }),
  };
}
