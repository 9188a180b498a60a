import { isDeepStrictEqual } from 'node:util';
import type {
  Bundle,
  BundleEntry,
  FhirResource,
  Identifier,
  Practitioner,
  PractitionerRole,
} from 'fhir/r4.d.ts';
import { FhirError } from '../../fhir/error.ts';
import { parseJson } from '../../fhir/json.ts';
import type { Resource } from '../../fhir/resource.ts';
import type { Access } from '../../interactions/access.ts';
import type { Interactions } from '../../interactions/interaction.ts';
import { createInteractions } from '../../interactions/interactions.ts';
import type { Spine } from '../../interactions/spine.ts';
import type { ResourceStore } from '../../store/contract.ts';
import { identifierRules } from '../identifier-rules.ts';
import { activityKey, organizationOf, practitionerRoleOf } from './activity.ts';
import { holderOf, organizationNamed, rolesOf } from './found.ts';
import { isSameIdentifier, personIdentifiers, structureIdentifiers, structureOf } from './identifiers.ts';
import { practitionerOf, updatedPractitioner } from './practitioner.ts';
import type { Activity, Practice, Professional } from './professional.ts';

/** Registers the professionals who log in. */
export interface ProfessionalRegister {
  /**
   * Finds the Practitioner by RPPS, then national identifier, then the other ones, or makes a new one, together with
   * one PractitionerRole and Organization for each activity, all or nothing.
   * @param access of the server itself to the tenant
   * @param source the issuer of the claims
   */
  register(access: Access, professional: Professional, source: string): Promise<Registration>;
}

export type Registration =
  | {
      outcome: 'registered';
      /** `Practitioner/id`. */
      practitioner: string;
      /** What the professional may choose from; empty without any activity and structure. */
      activities: readonly RegisteredActivity[];
    }
  /** The Practitioner is here and not active. */
  | { outcome: 'deactivated'; practitioner: string }
  /** Several active Practitioners hold one identifier of this professional. */
  | { outcome: 'ambiguous' };

/** An activity of the claims and what stands for it here. */
export interface RegisteredActivity {
  /** Absent where the claims tell of a structure and of no practice. */
  practice?: Practice;
  activity?: Activity;
  /** `PractitionerRole/id`; absent without a practice. */
  practitionerRole?: string;
  /** `Organization/id`; absent where nothing names the structure. */
  organization?: string;
}

/** How often a registration is tried anew after another one, of the same person or structure, came first. */
const attempts = 4;

/** Writes to a spine, as the server itself: what Pro Santé Connect vouches for is not refused for a control key. */
export function createProfessionalRegister(spine: Spine): ProfessionalRegister {
  let interactions: Interactions | undefined;
  const run = (access: Access, entry: BundleEntry[]): Promise<Bundle> => {
    interactions ??= createInteractions({
      ...spine,
      rules: new Map([...spine.rules, ...identifierRules('accept')]),
    });
    return transaction(interactions, spine.baseUrl, access, entry);
  };
  return {
    async register(access, professional, source) {
      for (let attempt = 1; ; attempt++) {
        const plan = await planOf(access.store, professional, source);
        if ('outcome' in plan) return plan;
        try {
          const written = plan.entries.length === 0 ? undefined : await run(access, plan.entries);
          return registered(plan, written);
        } catch (error) {
          const isRace = error instanceof FhirError && (error.status === 409 || error.status === 412);
          if (!isRace || attempt === attempts) throw error;
        }
      }
    },
  };
}

interface Plan {
  entries: BundleEntry[];
  /** A reference: to a resource that is here, or the fullUrl of an entry. */
  practitioner: string;
  activities: RegisteredActivity[];
}

async function planOf(
  store: ResourceStore,
  professional: Professional,
  source: string,
): Promise<Plan | Exclude<Registration, { outcome: 'registered' }>> {
  const identifiers = personIdentifiers(professional);
  const current = await currentPractitioner(store, identifiers);
  if ('outcome' in current) return current;
  const entries: BundleEntry[] = [];
  const own = await notHeldByOthers(store, identifiers, current.practitioner);
  const practitioner = written(
    entries,
    current.practitioner,
    current.practitioner === undefined
      ? practitionerOf(professional, own, source)
      : updatedPractitioner(current.practitioner, professional, own, source),
  );
  const before = current.practitioner === undefined ? [] : await rolesOf(store, current.practitioner.id!);
  const structures = new Map<string, string>();
  const activities: RegisteredActivity[] = [];
  for (const { practice, activity } of situations(professional)) {
    const organization = await organizationFor(store, activity, source, entries, structures);
    const linked = organization === undefined ? {} : { organization };
    if (practice === undefined) {
      activities.push(linked);
      continue;
    }
    const role = practitionerRoleOf(practice, activity, { practitioner, source, ...linked });
    const known = before.find((each) => isSameActivity(each, role, source));
    const practitionerRole =
      known !== undefined && known.meta?.source !== source
        ? `PractitionerRole/${known.id}`
        : written(entries, known, known === undefined ? role : { ...known, ...role, meta: known.meta! });
    activities.push({ practice, activity, practitionerRole, ...linked });
  }
  entries.push(...ended(before, professional, source));
  return { entries, practitioner, activities };
}

/** Each activity of each practice; where there is none, the structure that the claims name by itself. */
function situations(professional: Professional): { practice?: Practice; activity: Activity }[] {
  const found = professional.practices.flatMap((practice) =>
    practice.activities.map((activity) => ({ practice, activity })),
  );
  if (found.length > 0 || professional.organization === undefined) return found;
  return [{ activity: structureOf(professional.organization) }];
}

type Current = { practitioner: Practitioner | undefined } | Exclude<Registration, { outcome: 'registered' }>;

/** By one identifier after the other; the first that anybody holds decides. Names and addresses never do. */
async function currentPractitioner(
  store: ResourceStore,
  identifiers: readonly Identifier[],
): Promise<Current> {
  for (const identifier of identifiers) {
    const holders = await holderOf(store, identifier);
    const active = holders.filter((holder) => holder.active !== false);
    if (active.length > 1) return { outcome: 'ambiguous' };
    if (active[0] !== undefined) return { practitioner: active[0] };
    if (holders[0] !== undefined) {
      return { outcome: 'deactivated', practitioner: `Practitioner/${holders[0].id}` };
    }
  }
  return { practitioner: undefined };
}

/** An identifier that another Practitioner holds stays there: nobody is merged by a login. */
async function notHeldByOthers(
  store: ResourceStore,
  identifiers: readonly Identifier[],
  practitioner: Practitioner | undefined,
): Promise<Identifier[]> {
  const held = practitioner?.identifier ?? [];
  const own: Identifier[] = [];
  for (const identifier of identifiers) {
    const isHeld = held.some((each) => isSameIdentifier(each, identifier));
    const holders = isHeld ? [] : await holderOf(store, identifier);
    if (holders.every(({ id }) => id === practitioner?.id)) own.push(identifier);
  }
  return own;
}

/** The Organization of an activity: one that is here, one of this transaction, or a new one. */
async function organizationFor(
  store: ResourceStore,
  activity: Activity,
  source: string,
  entries: BundleEntry[],
  structures: Map<string, string>,
): Promise<string | undefined> {
  const identifiers = structureIdentifiers(activity);
  const [best] = identifiers;
  if (best === undefined) return undefined;
  const name = `${best.system}|${best.value}`;
  const planned = structures.get(name) ?? (await organizationNamed(store, identifiers));
  if (planned !== undefined) return planned;
  const fullUrl = added(entries, organizationOf(activity, source), {
    ifNoneExist: new URLSearchParams({ identifier: name }).toString(),
  });
  structures.set(name, fullUrl);
  return fullUrl;
}

/** Ours by its key; of another source, such as the directory, by its structure. */
function isSameActivity(known: PractitionerRole, role: PractitionerRole, source: string): boolean {
  if (known.meta?.source === source) {
    return known.identifier?.some((each) => isSameIdentifier(each, role.identifier![0]!)) ?? false;
  }
  const organization = role.organization?.reference;
  return (
    known.active !== false && organization !== undefined && known.organization?.reference === organization
  );
}

/** The roles that came from claims and stand in them no more are over. */
function ended(
  before: readonly PractitionerRole[],
  professional: Professional,
  source: string,
): BundleEntry[] {
  const keys = new Set(
    professional.practices.flatMap((practice) =>
      practice.activities.map((activity) => activityKey(practice, activity)),
    ),
  );
  const entries: BundleEntry[] = [];
  for (const role of before) {
    const isCurrent = role.identifier?.some(({ value }) => value !== undefined && keys.has(value));
    if (role.meta?.source === source && role.active !== false && !isCurrent) {
      written(entries, role, { ...role, active: false });
    }
  }
  return entries;
}

/** Adds the write that makes one resource of the other, if any, and answers a reference to it. */
function written(entries: BundleEntry[], current: FhirResource | undefined, next: FhirResource): string {
  if (current === undefined) return added(entries, next, {});
  const reference = `${current.resourceType}/${current.id}`;
  if (isDeepStrictEqual(current, next)) return reference;
  const version = current.meta?.versionId;
  entries.push({
    fullUrl: `urn:uuid:${crypto.randomUUID()}`,
    resource: next,
    request: { method: 'PUT', url: reference, ifMatch: `W/"${version}"` },
  });
  return reference;
}

function added(entries: BundleEntry[], resource: FhirResource, condition: { ifNoneExist?: string }): string {
  const fullUrl = `urn:uuid:${crypto.randomUUID()}`;
  entries.push({ fullUrl, resource, request: { method: 'POST', url: resource.resourceType, ...condition } });
  return fullUrl;
}

async function transaction(
  interactions: Interactions,
  baseUrl: string,
  access: Access,
  entry: BundleEntry[],
): Promise<Bundle> {
  const bundle: Bundle = { resourceType: 'Bundle', type: 'transaction', entry };
  const answer = await interactions({
    access,
    method: 'POST',
    path: [],
    query: [],
    headers: {},
    body: parseJson(JSON.stringify(bundle)) as Resource,
    baseUrl,
  }).run();
  return parseJson(answer.body!) as unknown as Bundle;
}

/** The plan with the ids that its entries have got. */
function registered({ entries, practitioner, activities }: Plan, answer: Bundle | undefined): Registration {
  const references = new Map(
    entries.map(({ fullUrl }, position) => [
      fullUrl,
      referenceOf(answer?.entry?.[position]?.response?.location),
    ]),
  );
  const settled = (reference: string) => references.get(reference) ?? reference;
  return {
    outcome: 'registered',
    practitioner: settled(practitioner),
    activities: activities.map(({ practitionerRole, organization, ...rest }) => ({
      ...rest,
      ...(practitionerRole === undefined ? {} : { practitionerRole: settled(practitionerRole) }),
      ...(organization === undefined ? {} : { organization: settled(organization) }),
    })),
  };
}

/** `Type/id` of the location of an entry, relative or absolute, with or without a version. */
function referenceOf(location: string | undefined): string | undefined {
  return /([A-Za-z]+\/[A-Za-z0-9\-.]+)(?:\/_history\/[^/]+)?$/.exec(location ?? '')?.[1];
}
