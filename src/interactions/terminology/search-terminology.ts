import type { ValueSet, ValueSetComposeInclude } from 'fhir/r4.d.ts';
import type { ExpandedValueSet } from '../../fhir/definitions/model.ts';
import { fhirError } from '../../fhir/error.ts';
import { withoutVersion } from '../../fhir/reference.ts';
import { ended } from '../../fhir/steps.ts';
import type { SearchParameters } from '../../search/parameters.ts';
import type { CodeSystemIndex } from '../../terminology/code-system-index.ts';
import { ValueSetCompiler } from '../../terminology/compiled-value-set.ts';
import { contentOf, type TerminologyContent } from '../../terminology/content.ts';
import { mostMembers, mostSteps } from '../../terminology/expand.ts';
import type { Access } from '../access.ts';
import { paced } from '../pacer.ts';
import type { QueryParameter } from '../request.ts';
import type { Spine } from '../spine.ts';
import type { TerminologyScope } from './service.ts';

/**
 * The parameters that the search of a caller is parsed by, with what its modifiers need of terminology: the codes above
 * and below others for `:above` and `:below`, those of value sets for `:in` and `:not-in`.
 * @throws FhirError 400 when a value set has too many codes to search by
 */
export async function parametersOfSearch(
  spine: Spine,
  access: Pick<Access, 'store' | 'tenant'>,
  query: readonly QueryParameter[],
): Promise<SearchParameters> {
  if (!query.some(([name]) => /:(?:above|below|(?:not-)?in)$/.test(name))) return spine.parameters;
  return withTerminology(spine.parameters, spine.terminology.of(access, spine.baseUrl), query);
}

/**
 * The parameters that what limits a caller is parsed by: its modifiers know the value sets and code systems of packages.
 * What is stored does not count, for whoever may write it would say what they reach.
 */
export function parametersOfLimits({ parameters, terminology }: Spine): SearchParameters {
  return {
    get: (type, code) => parameters.get(type, code),
    list: (type) => parameters.list(type),
    get revision() {
      return parameters.revision;
    },
    relatedCodes: (system, code, direction) =>
      relatedCodes(contentOf(terminology.held).codeSystem(system), code, direction) ??
      parameters.relatedCodes(system, code, direction),
    valueSet(url) {
      const content = contentOf(terminology.held);
      const valueSet = content.valueSet(url);
      const systems = valueSet && ended(heldCodes(content, valueSet, url));
      return systems === undefined ? parameters.valueSet(url) : expandedOf(systems);
    },
  };
}

async function withTerminology(
  parameters: SearchParameters,
  scope: TerminologyScope,
  query: readonly QueryParameter[],
): Promise<SearchParameters> {
  const related = new Map<string, readonly string[] | undefined>();
  for (const [name, value] of query) {
    const direction = /:(above|below)$/.exec(name)?.[1];
    if (direction !== 'above' && direction !== 'below') continue;
    for (const one of value.split(',')) {
      const bar = one.indexOf('|');
      if (bar <= 0) continue;
      const [system, code] = [one.slice(0, bar), one.slice(bar + 1)];
      const index = await scope.codeSystem(system);
      related.set(relatedKey(system, code, direction), relatedCodes(index, code, direction));
    }
  }
  const valueSets = new Map<string, ExpandedValueSet | undefined>();
  for (const [name, value] of query) {
    if (!/:(?:not-)?in$/.test(name)) continue;
    for (const url of value.split(',')) {
      if (!valueSets.has(url)) valueSets.set(url, await searchedCodes(scope, url, name));
    }
  }
  return {
    ...parameters,
    get: (type, code) => parameters.get(type, code),
    list: (type) => parameters.list(type),
    relatedCodes: (system, code, direction) =>
      related.get(relatedKey(system, code, direction)) ?? parameters.relatedCodes(system, code, direction),
    valueSet: (url) => valueSets.get(url) ?? parameters.valueSet(url),
  };
}

function relatedKey(system: string, code: string, direction: 'above' | 'below'): string {
  return `${direction} ${system}|${code}`;
}

function relatedCodes(
  index: CodeSystemIndex | undefined,
  code: string,
  direction: 'above' | 'below',
): readonly string[] | undefined {
  if (!index?.hasSubsumption) return undefined;
  const concept = index.find(code);
  if (concept === undefined) return [code];
  const numbers = direction === 'above' ? index.above(concept) : index.below(concept);
  return [...numbers].map((one) => index.code(one));
}

/**
 * The codes of a value set by system, `null` for a system taken whole whose codes are not held; undefined when they
 * cannot be told, neither here nor by the other terminology server.
 */
async function searchedCodes(
  scope: TerminologyScope,
  canonical: string,
  name: string,
): Promise<ExpandedValueSet | undefined> {
  const valueSet = await scope.valueSet(canonical);
  const content = valueSet && (await scope.contentFor(valueSet));
  const systems =
    (content && (await paced(heldCodes(content, valueSet, name)))) ??
    (await remoteCodes(scope, valueSet ?? canonical));
  return systems && expandedOf(systems);
}

function expandedOf(systems: CodesBySystem): ExpandedValueSet {
  return {
    systems: Object.fromEntries([...systems].map(([system, codes]) => [system, codes && [...codes]])),
  };
}

type CodesBySystem = Map<string, Set<string> | null>;

function* heldCodes(
  content: TerminologyContent,
  valueSet: ValueSet,
  name: string,
): Generator<void, CodesBySystem | undefined> {
  const { include = [], exclude = [] } = valueSet.compose ?? {};
  const open = include.filter((rule) => isOpen(rule, content));
  // What cannot be listed cannot have anything taken away.
  if (open.length > 0 && exclude.length > 0) return undefined;
  const systems = yield* listedCodes(valueSet, open, content, name);
  for (const { system } of open) systems?.set(withoutVersion(system as string), null);
  return systems;
}

/** A rule that takes the whole of a code system that is not held. */
function isOpen(
  { system, version, concept, filter, valueSet }: ValueSetComposeInclude,
  content: TerminologyContent,
): boolean {
  if (system === undefined || concept !== undefined || filter !== undefined || valueSet !== undefined) {
    return false;
  }
  return content.codeSystem(system, version)?.isComplete !== true;
}

function* listedCodes(
  valueSet: ValueSet,
  open: readonly ValueSetComposeInclude[],
  content: TerminologyContent,
  name: string,
): Generator<void, CodesBySystem | undefined> {
  const systems: CodesBySystem = new Map();
  const { compose } = valueSet;
  const include = (compose?.include ?? []).filter((rule) => !open.includes(rule));
  if (open.length > 0 && include.length === 0) return systems;
  const listed = compose === undefined ? valueSet : { ...valueSet, compose: { ...compose, include } };
  const selection = new ValueSetCompiler(content).of(listed);
  if (selection.problem !== undefined) return undefined;
  let members = 0;
  let steps = 0;
  for (const member of selection.members([])) {
    steps++;
    if (member === undefined) yield;
    else members++;
    if (members > mostMembers || steps > mostSteps) {
      const diagnostics = `The value set has more than ${mostMembers} codes to search by`;
      throw fhirError(400, 'too-costly', diagnostics, name);
    }
    if (member !== undefined) addCode(systems, member.system, member.code);
  }
  return systems;
}

async function remoteCodes(
  { remote }: TerminologyScope,
  valueSet: string | ValueSet,
): Promise<CodesBySystem | undefined> {
  const expansion = (await remote?.expand(valueSet, { count: mostMembers }))?.expansion;
  if (expansion === undefined) return undefined;
  const systems: CodesBySystem = new Map();
  const open = [...(expansion.contains ?? [])];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    open.push(...(one.contains ?? []));
    if (one.system !== undefined && one.code !== undefined) addCode(systems, one.system, one.code);
  }
  // A page of a larger expansion would find too little.
  const codes = [...systems.values()].reduce((sum, one) => sum + (one?.size ?? 0), 0);
  return (expansion.total ?? codes) > codes ? undefined : systems;
}

function addCode(systems: CodesBySystem, system: string, code: string): void {
  const codes = systems.get(system) ?? new Set<string>();
  systems.set(system, codes.add(code));
}
