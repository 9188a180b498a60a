import type {
  CodeableConcept,
  Coding,
  ConceptMap,
  ConceptMapGroup,
  ConceptMapGroupElement,
  ConceptMapGroupElementTarget,
  ConceptMapGroupElementTargetDependsOn,
} from 'fhir/r4.d.ts';
import { splitCanonical } from '../fhir/canonical.ts';
import type { GivenCoding } from './terminology.ts';

type Equivalence = ConceptMapGroupElementTarget['equivalence'];

/** What is asked of a translation (conceptmap-operation-translate.html). */
export interface TranslationWishes {
  /** Canonical URLs of the value sets that are translated from and to. */
  source?: string | undefined;
  target?: string | undefined;
  /** The code system that is translated to. */
  targetsystem?: string | undefined;
  /** The maps are read from their targets to their sources. */
  reverse?: boolean | undefined;
  /** Other elements of the data, on which targets may depend. */
  dependency: readonly Dependency[];
}

export interface Dependency {
  element?: string;
  concept?: CodeableConcept;
}

/** One translation. */
export interface Match {
  equivalence: Equivalence;
  concept?: Coding;
  product: readonly { element: string; concept: Coding }[];
  /** Canonical URL of the map. */
  source?: string;
}

export interface Translation {
  /** There is a match that does not say that there is none. */
  result: boolean;
  message?: string;
  matches: readonly Match[];
}

/** Maps that lead to one another for what they do not map, at most. */
const mostMaps = 5;

const inverted: Readonly<Partial<Record<Equivalence, Equivalence>>> = {
  wider: 'narrower',
  narrower: 'wider',
  subsumes: 'specializes',
  specializes: 'subsumes',
};

/**
 * Translates codes by concept maps.
 * @param otherMap the map of a canonical URL, to which another leads for what it does not map itself
 */
export async function translate(
  maps: readonly ConceptMap[],
  codings: readonly GivenCoding[],
  wishes: TranslationWishes,
  otherMap: (canonical: string) => Promise<ConceptMap | undefined>,
): Promise<Translation> {
  const matches: Match[] = [];
  const missing = new Set<string>();
  for (const coding of codings) {
    for (const map of maps) {
      if (!fits(map, wishes)) continue;
      matches.push(...(await matchesIn(map, { coding, wishes, otherMap, missing, path: [] })));
    }
  }
  const result = matches.some(({ equivalence }) => equivalence !== 'unmatched' && equivalence !== 'disjoint');
  const message =
    missing.size > 0
      ? `There are translations that depend on ${[...missing].join(', ')}: give it as a dependency`
      : result
        ? undefined
        : 'There is no translation of the code';
  return { result, ...(message === undefined ? {} : { message }), matches: distinct(matches) };
}

interface Question {
  coding: GivenCoding;
  wishes: TranslationWishes;
  otherMap: (canonical: string) => Promise<ConceptMap | undefined>;
  /** Elements that targets depend on and that were not given. */
  missing: Set<string>;
  /** The maps that lead here. */
  path: readonly ConceptMap[];
}

/** Whether a map is of the value sets that are asked for, as far as it says of which it is. */
function fits(map: ConceptMap, { source, target, reverse }: TranslationWishes): boolean {
  const from = map.sourceUri ?? map.sourceCanonical;
  const to = map.targetUri ?? map.targetCanonical;
  const [first, second] = reverse ? [to, from] : [from, to];
  return isSame(source, first) && isSame(target, second);
}

function isSame(wanted: string | undefined, given: string | undefined): boolean {
  return (
    wanted === undefined || given === undefined || splitCanonical(wanted).url === splitCanonical(given).url
  );
}

async function matchesIn(map: ConceptMap, question: Question): Promise<Match[]> {
  const matches: Match[] = [];
  for (const group of map.group ?? []) {
    const { wishes, coding } = question;
    const [from, to] = wishes.reverse ? [group.target, group.source] : [group.source, group.target];
    if (coding.system !== undefined && from !== undefined && from !== coding.system) continue;
    if (wishes.targetsystem !== undefined && to !== wishes.targetsystem) continue;
    if (wishes.reverse) matches.push(...reversed(map, group, coding));
    else matches.push(...(await forward(map, group, question)));
  }
  return matches;
}

function reversed(map: ConceptMap, group: ConceptMapGroup, { code }: GivenCoding): Match[] {
  return group.element.flatMap((element) =>
    (element.target ?? [])
      .filter((target) => target.code === code)
      .map(({ equivalence }) => ({
        ...origin(map),
        equivalence: inverted[equivalence] ?? equivalence,
        concept: coded(group.source, group.sourceVersion, element.code, element.display),
        product: [],
      })),
  );
}

async function forward(map: ConceptMap, group: ConceptMapGroup, question: Question): Promise<Match[]> {
  const elements = group.element.filter(({ code }) => code === question.coding.code);
  if (elements.length === 0) return unmapped(map, group, question);
  return elements.flatMap((element) => targetsOf(map, group, element, question));
}

function targetsOf(
  map: ConceptMap,
  group: ConceptMapGroup,
  { target = [] }: ConceptMapGroupElement,
  { wishes, missing }: Question,
): Match[] {
  return target.flatMap(({ code, display, equivalence, dependsOn = [], product = [] }) => {
    const given = dependsOn.map((one) => wishes.dependency.find(({ element }) => element === one.property));
    for (const [position, one] of dependsOn.entries()) {
      if (given[position] === undefined) missing.add(one.property);
    }
    if (!dependsOn.every((one, position) => holds(one, given[position]))) return [];
    return {
      ...origin(map),
      equivalence,
      ...(code === undefined ? {} : { concept: coded(group.target, group.targetVersion, code, display) }),
      product: product.map(({ property, system, value, display }) => ({
        element: property,
        concept: coded(system, undefined, value, display),
      })),
    };
  });
}

function holds(
  { system, value }: ConceptMapGroupElementTargetDependsOn,
  dependency: Dependency | undefined,
): boolean {
  const { coding = [], text } = dependency?.concept ?? {};
  if (text === value) return true;
  return coding.some((one) => one.code === value && (system === undefined || one.system === system));
}

/** What a group does with a code that it does not list (conceptmap.html#unmapped). */
async function unmapped(map: ConceptMap, group: ConceptMapGroup, question: Question): Promise<Match[]> {
  const { unmapped: rule } = group;
  const { coding, otherMap, path } = question;
  switch (rule?.mode) {
    case 'provided': {
      const concept = coded(group.target, group.targetVersion, coding.code, coding.display);
      return [{ ...origin(map), equivalence: 'equal', concept, product: [] }];
    }
    case 'fixed':
      if (rule.code === undefined) return [];
      return [
        {
          ...origin(map),
          equivalence: 'relatedto',
          concept: coded(group.target, group.targetVersion, rule.code, rule.display),
          product: [],
        },
      ];
    case 'other-map': {
      if (rule.url === undefined || path.length >= mostMaps) return [];
      const other = await otherMap(rule.url);
      if (other === undefined || other === map || path.includes(other)) return [];
      return matchesIn(other, { ...question, path: [...path, map] });
    }
    default:
      return [];
  }
}

function origin({ url }: ConceptMap): { source?: string } {
  return url === undefined ? {} : { source: url };
}

function coded(
  system: string | undefined,
  version: string | undefined,
  code: string | undefined,
  display: string | undefined,
): Coding {
  return {
    ...(system === undefined ? {} : { system }),
    ...(version === undefined ? {} : { version }),
    ...(code === undefined ? {} : { code }),
    ...(display === undefined ? {} : { display }),
  };
}

function distinct(matches: readonly Match[]): Match[] {
  return [...new Map(matches.map((match) => [JSON.stringify(match), match])).values()];
}
