import type { Consent, ConsentProvision } from 'fhir/r4.d.ts';
import { dateRange, EARLIEST, LATEST } from '../fhir/date.ts';
import { parseReference } from '../fhir/reference.ts';
import type { Action } from '../interactions/access.ts';
import { type Actor, type Role, roles } from './actor.ts';

/** Code system of the roles, for a Consent that is about them. */
const roleSystem = 'https://passerelle.fr/fhir/CodeSystem/access-role';

/** Whom a patient denies access to the record, or to a part of it. */
export interface Denial {
  /** Id of the Patient. */
  patient: string;
  /** Resource types; absent: all. */
  types?: ReadonlySet<string>;
  actions: ReadonlySet<Action>;
  /** Literal references to persons and organizations; absent: everybody but the patient. */
  named?: readonly string[];
  /** Roles, each of which is denied as a person who is named. */
  roles: readonly Role[];
  /** Milliseconds since 1970 UTC, half-open. */
  period: { low: number; high: number };
}

/** What an action of a provision (http://terminology.hl7.org/CodeSystem/consentaction) is here. */
const consentActions: Readonly<Record<string, readonly Action[]>> = {
  access: ['r', 's'],
  use: ['r', 's'],
  disclose: ['r', 's'],
  collect: ['c', 'u'],
  correct: ['u', 'd'],
};

/** Scopes of a Consent that are not about who sees the record (http://terminology.hl7.org/CodeSystem/consentscope). */
const otherScopes: readonly (string | undefined)[] = ['research', 'adr'];

/**
 * What a Consent denies (R4 consent.html): its provision of type deny, and those of this type within others. What
 * narrows a denial in a way that cannot be decided here, exceptions included, is left out: more is denied, not less.
 */
export function denialsOf(consent: Consent, baseUrls: readonly string[]): Denial[] {
  const { status, provision, scope } = consent;
  const target = parseReference(consent.patient?.reference ?? '', baseUrls);
  if (status !== 'active' || target?.kind !== 'local' || target.type !== 'Patient') return [];
  const codings = scope.coding ?? [];
  if (codings.length > 0 && codings.every(({ code }) => otherScopes.includes(code))) return [];
  return provision === undefined ? [] : denied(provision).map((each) => denialOf(each, target.id, baseUrls));
}

/** True when a denial is about this actor and action now. */
export function isDenied(denial: Denial, actor: Actor, action: Action, now: number): boolean {
  const { period, actions, named, roles: deniedRoles, patient } = denial;
  if (now < period.low || now >= period.high || !actions.has(action)) return false;
  if (deniedRoles.some((role) => actor.roles.includes(role))) return true;
  if (named === undefined) return actor.fhirUser !== `Patient/${patient}`;
  return named.some((reference) => mayBe(actor, reference));
}

function denied(provision: ConsentProvision): ConsentProvision[] {
  if (provision.type === 'deny') return [provision];
  return (provision.provision ?? []).flatMap(denied);
}

function denialOf(provision: ConsentProvision, patient: string, baseUrls: readonly string[]): Denial {
  const types = (provision.class ?? []).map(({ system, code = '' }) => {
    return system === undefined || system === 'http://hl7.org/fhir/resource-types' ? code : undefined;
  });
  const actors = provision.actor ?? [];
  const byRole = actors.flatMap(({ role }) =>
    (role?.coding ?? []).flatMap(({ system, code }) =>
      system === roleSystem ? roles.filter((each) => each === code) : [],
    ),
  );
  const named = actors
    .filter(({ role }) => !role?.coding?.some(({ system }) => system === roleSystem))
    .map(({ reference }) => {
      const target = parseReference(reference?.reference ?? '', baseUrls);
      return target?.kind === 'local' ? `${target.type}/${target.id}` : '';
    });
  const isWhole = types.length === 0 || types.includes(undefined);
  return {
    patient,
    ...(isWhole ? {} : { types: new Set(types as string[]) }),
    actions: actionsOf(provision),
    ...(actors.length === 0 ? {} : { named }),
    roles: byRole,
    period: {
      low: instantOf(provision.period?.start)?.low ?? EARLIEST,
      high: instantOf(provision.period?.end)?.high ?? LATEST,
    },
  };
}

function instantOf(text: string | undefined) {
  return text === undefined ? undefined : dateRange(text);
}

function actionsOf({ action = [] }: ConsentProvision): ReadonlySet<Action> {
  const all: readonly Action[] = ['c', 'r', 'u', 'd', 's'];
  const known = action.map(({ coding = [] }) =>
    coding.flatMap(({ code = '' }) => consentActions[code] ?? []),
  );
  const isWhole = known.length === 0 || known.some((each) => each.length === 0);
  return new Set(isWhole ? all : known.flat());
}

/** True unless it is certain that a reference is to somebody else than the actor. */
function mayBe({ fhirUser = '', organization, kind }: Actor, reference: string): boolean {
  const [type] = reference.split('/');
  switch (type) {
    case 'Organization':
      return organization === undefined ? kind !== 'patient' : organization === reference;
    case 'Practitioner':
      return reference === fhirUser || fhirUser.startsWith('PractitionerRole/');
    case 'Patient':
    case 'RelatedPerson':
      return reference === fhirUser;
    default:
      return kind !== 'patient';
  }
}
