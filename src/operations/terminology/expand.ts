import { randomUUID } from 'node:crypto';
import type { ValueSet, ValueSetExpansionParameter } from 'fhir/r4.d.ts';
import { splitCanonical, withVersion } from '../../fhir/canonical.ts';
import { fhirError } from '../../fhir/error.ts';
import type { Operation, OperationInvocation } from '../../interactions/operation.ts';
import { GivenParameters, type ParameterMaxima } from '../../interactions/operation-parameters.ts';
import { pacer } from '../../interactions/pacer.ts';
import { jsonBody } from '../../interactions/presentation.ts';
import type { FhirResponse } from '../../interactions/request.ts';
import type { Spine } from '../../interactions/spine.ts';
import type { TerminologyScope } from '../../interactions/terminology/service.ts';
import { ValueSetCompiler } from '../../terminology/compiled-value-set.ts';
import { type ExpansionWishes, expand, mostMembers } from '../../terminology/expand.ts';
import type { UsedSystem } from '../../terminology/selection.ts';
import type { SystemVersions } from '../../terminology/system-rule.ts';
import { refuseDate } from './given.ts';
import { givenValueSet } from './value-set-input.ts';

const maxima: ParameterMaxima = {
  url: 1,
  valueSet: 1,
  valueSetVersion: 1,
  context: 1,
  contextDirection: 1,
  filter: 1,
  date: 1,
  offset: 1,
  count: 1,
  includeDesignations: 1,
  designation: '*',
  includeDefinition: 1,
  activeOnly: 1,
  excludeNested: 1,
  excludeNotForUI: 1,
  excludePostCoordinated: 1,
  displayLanguage: 1,
  'exclude-system': '*',
  'system-version': '*',
  'check-system-version': '*',
  'force-system-version': '*',
};

/**
 * `ValueSet/$expand` (R4 valueset-operation-expand): the members of a value set, built in, of a package, stored or sent.
 * What cannot be expanded here is asked of the other terminology server, where there is one.
 */
export function expandOperation(spine: Spine): Operation {
  return {
    code: 'expand',
    definition: 'http://hl7.org/fhir/OperationDefinition/ValueSet-expand',
    types: ['ValueSet'],
    levels: { type: true, instance: true },
    affectsState: false,
    resourceParameter: 'valueSet',
    run: (invocation) => run(spine, invocation),
  };
}

interface Wishes extends ExpansionWishes {
  includeDefinition?: boolean | undefined;
  checkedVersions: readonly string[];
  versions: Required<SystemVersions>;
  /** As they are told in the expansion. */
  told: ValueSetExpansionParameter[];
}

async function run(spine: Spine, invocation: OperationInvocation): Promise<FhirResponse> {
  const { request, parameters } = invocation;
  const given = new GivenParameters('expand', parameters, maxima);
  refuseDate(given);
  const wishes = readWishes(given);
  const scope = spine.terminology.of(request.access, spine.baseUrl);
  const found = await givenValueSet(spine, scope, given, invocation);
  if ('unknown' in found) {
    const remote = await remoteExpansion(scope, found.unknown, wishes);
    if (remote !== undefined) return answer(remote);
    throw fhirError(404, 'not-found', 'The value set is not known here', 'url');
  }
  const valueSet = found.held;
  const compiler = new ValueSetCompiler(await scope.contentFor(valueSet, wishes.versions), wishes.versions);
  const selection = compiler.of(valueSet);
  checkVersions(selection.systems, wishes.versions.forced, 'force-system-version');
  checkVersions(selection.systems, versionsBySystem(wishes.checkedVersions), 'check-system-version');
  if (selection.problem !== undefined) {
    const remote = await remoteExpansion(scope, valueSet, wishes);
    if (remote !== undefined) return answer(remote);
  }
  const { total, contains } = await expand(selection, wishes, pacer());
  const isPaged = wishes.offset !== undefined || wishes.count !== undefined;
  const parameter = [...wishes.told, ...usedSystems(selection.systems)];
  return answer({
    ...described(valueSet, wishes),
    expansion: {
      identifier: `urn:uuid:${randomUUID()}`,
      timestamp: new Date().toISOString(),
      total,
      ...(isPaged ? { offset: wishes.offset ?? 0 } : {}),
      ...(parameter.length === 0 ? {} : { parameter }),
      ...(contains.length === 0 ? {} : { contains }),
    },
  });
}

function answer(valueSet: ValueSet): FhirResponse {
  return { status: 200, body: jsonBody(valueSet) };
}

function readWishes(given: GivenParameters): Wishes {
  const told: ValueSetExpansionParameter[] = [];
  const text = (name: string, type: 'string' | 'code') => {
    const value = given.text(name, type);
    if (value !== undefined)
      told.push(type === 'code' ? { name, valueCode: value } : { name, valueString: value });
    return value;
  };
  const flag = (name: string) => {
    const value = given.boolean(name);
    if (value !== undefined) told.push({ name, valueBoolean: value });
    return value;
  };
  const number = (name: string, most: number) => {
    const value = given.wholeNumber(name, 0);
    if (value !== undefined) told.push({ name, valueInteger: Math.min(value, most) });
    return value;
  };
  const canonicals = (name: string) => {
    const values = given.texts(name, 'canonical', 'uri');
    told.push(...values.map((valueUri) => ({ name, valueUri })));
    return values;
  };
  // Every code is shown as clients may send it and as the server sends it, and none is post-coordinated.
  checkDirection(given);
  given.boolean('excludePostCoordinated');
  return {
    // An empty filter, which a search box sends before anything is typed in, chooses nothing.
    filter: given.one('filter')?.value === '' ? undefined : text('filter', 'string'),
    offset: number('offset', Number.MAX_SAFE_INTEGER),
    count: number('count', mostMembers),
    activeOnly: flag('activeOnly'),
    excludeNested: flag('excludeNested'),
    excludeNotForUI: flag('excludeNotForUI'),
    includeDesignations: flag('includeDesignations'),
    designation: given.texts('designation', 'string').map((token) => {
      told.push({ name: 'designation', valueString: token });
      return token;
    }),
    displayLanguage: text('displayLanguage', 'code'),
    includeDefinition: flag('includeDefinition'),
    excludedSystems: canonicals('exclude-system'),
    checkedVersions: canonicals('check-system-version'),
    versions: {
      assumed: versionsBySystem([
        ...canonicals('system-version'),
        ...given.texts('check-system-version', 'canonical', 'uri'),
      ]),
      forced: versionsBySystem(canonicals('force-system-version')),
    },
    told,
  };
}

/** @throws FhirError 400 when it is none of R4 */
function checkDirection(given: GivenParameters): void {
  const direction = given.text('contextDirection', 'code');
  if (direction === undefined || direction === 'incoming' || direction === 'outgoing') return;
  throw fhirError(400, 'value', 'contextDirection must be incoming or outgoing', 'contextDirection');
}

function versionsBySystem(canonicals: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    canonicals
      .map(splitCanonical)
      .flatMap(({ url, version }) => (version === undefined ? [] : [[url, version] as const])),
  );
}

/**
 * @param wanted versions of code systems that a call insists on
 * @throws FhirError 422 when another one is taken
 */
function checkVersions(
  systems: readonly UsedSystem[],
  wanted: ReadonlyMap<string, string>,
  parameter: string,
): void {
  for (const { system, version } of systems) {
    const other = wanted.get(system);
    if (other !== undefined && other !== version) {
      const diagnostics = `The value set takes ${withVersion(system, version)}, not version ${other}`;
      throw fhirError(422, 'business-rule', diagnostics, parameter);
    }
  }
}

async function remoteExpansion(
  { remote }: TerminologyScope,
  valueSet: string | ValueSet,
  wishes: Wishes,
): Promise<ValueSet | undefined> {
  return remote?.expand(valueSet, wishes);
}

/** The value set without its narrative, and without its definition unless that is wanted. */
function described(valueSet: ValueSet, { includeDefinition }: Wishes): ValueSet {
  const { resourceType, url, identifier, version, name, title, status, experimental, date } = valueSet;
  const { publisher, description, immutable, copyright, compose } = valueSet;
  const parts = { url, identifier, version, name, title, status, experimental, date };
  const more = { publisher, description, immutable, copyright, ...(includeDefinition ? { compose } : {}) };
  const defined = Object.entries({ ...parts, ...more }).filter(([, value]) => value !== undefined);
  return { resourceType, ...Object.fromEntries(defined) } as ValueSet;
}

/** The code systems that were used, with their versions, and those of which a part alone is held. */
function usedSystems(systems: readonly UsedSystem[]): ValueSetExpansionParameter[] {
  const versions = new Set<string>();
  const fragments = new Set<string>();
  for (const { system, version, isFragment } of systems) {
    const canonical = withVersion(system, version);
    if (version !== undefined) versions.add(canonical);
    if (isFragment) fragments.add(canonical);
  }
  return [
    ...[...versions].map((valueUri) => ({ name: 'version', valueUri })),
    ...[...fragments].map((valueUri) => ({ name: 'fragment', valueUri })),
  ];
}
