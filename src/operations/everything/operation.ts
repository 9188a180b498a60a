import type { Group } from 'fhir/r4.d.ts';
import { parseJson } from '../../fhir/json.ts';
import { parseReference, referenceTo } from '../../fhir/reference.ts';
import { linkScope } from '../../interactions/access.ts';
import { appendOnlyType } from '../../interactions/append-only.ts';
import type { Operation, OperationInvocation, OperationParameter } from '../../interactions/operation.ts';
import { cursorParameter, openPage, queryString, sealPage } from '../../interactions/page-link.ts';
import { representationParameters } from '../../interactions/representation.ts';
import type { FhirResponse, QueryParameter } from '../../interactions/request.ts';
import { bundleBody, searchEntry } from '../../interactions/searchset.ts';
import type { Spine } from '../../interactions/spine.ts';
import type { ResourceKey, ResourceStore, StoredVersion } from '../../store/contract.ts';
import { currentVersion } from '../stored-version.ts';
import { allFoci, type Foci, listedFoci } from './foci.ts';
import { type EverythingInput, readInput } from './input.ts';
import {
  compartmentMembership,
  episodeMembership,
  type Membership,
  referrerMembership,
} from './membership.ts';
import { resume, suspend } from './progress.ts';
import { referenced, referencesOf } from './referenced.ts';
import { walkFrom } from './walk.ts';

/**
 * `$everything` on Patient (instance and type), Encounter and Group (R4 patient-operation-everything,
 * encounter-operation-everything, group-operation-everything), and, defined by this server, on EpisodeOfCare,
 * Practitioner and Organization. The answer is a searchset: the resource and what belongs to it as matches; what
 * these refer to, each resource once over all pages, as includes.
 */
export function everythingOperations(spine: Spine): Operation[] {
  const standard = (type: string) => `http://hl7.org/fhir/OperationDefinition/${type}-everything`;
  const own = 'https://passerelle.fr/fhir/OperationDefinition/Resource-everything';
  const compartment = (focus: string) => () => compartmentMembership(spine, focus);
  return [
    operation(spine, 'Patient', standard('Patient'), compartment('Patient'), true),
    operation(spine, 'Encounter', standard('Encounter'), compartment('Encounter'), false),
    operation(spine, 'Group', standard('Group'), compartment('Patient'), true),
    operation(spine, 'EpisodeOfCare', own, () => episodeMembership(spine), false),
    operation(spine, 'Practitioner', own, compartment('Practitioner'), true),
    operation(spine, 'Organization', own, () => referrerMembership(spine, 'Organization'), true),
  ];
}

function operation(
  spine: Spine,
  type: string,
  definition: string,
  membershipOf: () => Membership,
  limitedByDates: boolean,
): Operation {
  // It may need the search parameters of all types, which a start does not wait for.
  let membership: Membership | undefined;
  return {
    code: 'everything',
    definition,
    types: [type],
    levels: { type: type === 'Patient', instance: true },
    affectsState: false,
    underscoreParameters: ['_since', '_type', '_count', cursorParameter],
    run: (invocation) => {
      membership ??= membershipOf();
      return run({ spine, type, membership, limitedByDates }, invocation);
    },
  };
}

interface Offer {
  spine: Spine;
  /** The type that the operation is called on: that of the foci, or Group. */
  type: string;
  membership: Membership;
  limitedByDates: boolean;
}

async function run(offer: Offer, { request, id, parameters }: OperationInvocation): Promise<FhirResponse> {
  const { spine, type, membership } = offer;
  const { store } = request.access;
  const path = id === undefined ? `${type}/$everything` : `${type}/${id}/$everything`;
  const scope = linkScope(request.access, path);
  const token = parameters.find(({ name }) => name === cursorParameter)?.value;
  const start = token === undefined ? undefined : openPage(spine.pagingSecret, String(token), scope);
  const input = readInput(spine, start?.query.map(queryParameter) ?? parameters, offer.limitedByDates);
  const subject = id === undefined ? undefined : currentVersion(await store.read(type, id), type, id);
  // A Group is no focus of the walk: it goes before its patients.
  const leading = type === 'Group' && start === undefined && subject !== undefined ? [subject] : [];

  const { position, sent } = await resume(spine, start?.cursor);
  const foci = fociOf(spine, store, type, subject);
  const walk = { store, foci, membership: walked(membership, input), input, held: await store.heldTypes() };
  const { found, next } = await walkFrom(walk, position, Math.max(input.count - leading.length, 1));
  const { matches, references } = unsent(spine, membership, [...leading, ...found], sent);
  const focus = type === membership.focus ? id : undefined;
  const included = await referenced(spine, { store, membership, focus, references, sent });

  const shown = representationParameters(request.query);
  const url = (query: readonly QueryParameter[]) =>
    `${spine.baseUrl}/${path}${queryString([...query, ...shown])}`;
  const links = [
    { relation: 'self', url: url(start === undefined ? input.query : [[cursorParameter, String(token)]]) },
  ];
  if (next !== undefined) {
    const cursor = await suspend(spine, { position: next, sent });
    const sealed = sealPage(spine.pagingSecret, { query: input.query, cursor }, scope);
    links.push({ relation: 'next', url: url([[cursorParameter, sealed]]) });
  }
  const isWhole = start === undefined && next === undefined;
  return { status: 200, body: pageBody(spine, input, { links, matches, included, isWhole }) };
}

interface Page {
  links: { relation: string; url: string }[];
  matches: readonly StoredVersion[];
  included: readonly StoredVersion[];
  /** It is the only page, so that its matches are all there are. */
  isWhole: boolean;
}

/** The Bundle of a page, without what the caller did not ask for. */
function pageBody(
  spine: Spine,
  { types, since = 0 }: EverythingInput,
  { links, matches, included, isWhole }: Page,
): Buffer {
  const isAskedFor = ({ type, lastUpdated }: StoredVersion) =>
    (types?.has(type) ?? true) && lastUpdated >= since;
  const shown = matches.filter(isAskedFor);
  const entries = [
    ...shown.map((version) => searchEntry(spine, version, 'match')),
    ...included.filter(isAskedFor).map((version) => searchEntry(spine, version, 'include')),
  ];
  return bundleBody({ type: 'searchset', links, ...(isWhole ? { total: shown.length } : {}) }, entries);
}

function queryParameter([name, value]: QueryParameter): OperationParameter {
  return { name, value, valueType: 'string', expression: name, inQuery: true };
}

/** The patients of a Group, every patient at type level, or the resource itself. */
function fociOf(spine: Spine, store: ResourceStore, type: string, version: StoredVersion | undefined): Foci {
  if (version === undefined) return allFoci(store, type);
  if (type !== 'Group') return listedFoci([version.id]);
  const { member = [] } = parseJson(version.body) as Group;
  const patients = member
    .filter(({ inactive }) => inactive !== true)
    .map(({ entity }) => parseReference(entity.reference ?? '', [spine.baseUrl]))
    .filter((entity) => entity?.kind === 'local')
    .filter((entity) => entity.type === 'Patient');
  return listedFoci([...new Set(patients.map(({ id }) => id))]);
}

/**
 * With `_type` only these members are read, unless others may lead to what is asked for. Who looked at a record is no
 * part of it, unless it is asked for.
 */
function walked(membership: Membership, { types }: EverythingInput): Membership {
  const { focus } = membership;
  const all = membership.types.filter((type) => type !== appendOnlyType || types?.has(type) === true);
  if (types === undefined || [...types].some((type) => type !== focus && !all.includes(type))) {
    return { ...membership, types: all };
  }
  return { ...membership, types: all.filter((type) => types.has(type)) };
}

/**
 * The members that were not sent before, and what they refer to. A member of several records is remembered, so that
 * it is sent with the first of them alone.
 */
function unsent(spine: Spine, { focus }: Membership, found: readonly StoredVersion[], sent: Set<string>) {
  const matches: StoredVersion[] = [];
  const references: ResourceKey[] = [];
  for (const version of found) {
    if (sent.has(referenceTo(version))) continue;
    const targets = referencesOf(spine, version);
    const records = targets.filter(({ type }) => type === focus).length;
    const several = records > (version.type === focus ? 0 : 1);
    if (several || version.type === 'Group') sent.add(referenceTo(version));
    matches.push(version);
    references.push(...targets);
  }
  return { matches, references };
}
