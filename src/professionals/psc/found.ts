import type { FhirResource, Identifier, Organization, Practitioner, PractitionerRole } from 'fhir/r4.d.ts';
import { parseJson } from '../../fhir/json.ts';
import type { Expression } from '../../search/expression.ts';
import type { ResourceStore } from '../../store/contract.ts';

/** What is looked at of one search: more than any professional has, and than hold one identifier. */
const most = 100;

/** The Practitioners that hold an identifier now, active ones and others. */
export async function holderOf(store: ResourceStore, identifier: Identifier): Promise<Practitioner[]> {
  const found = await resources<Practitioner>(store, 'Practitioner', named(identifier));
  return found.filter((each) =>
    each.identifier?.some(
      ({ system, value, use }) =>
        system === identifier.system &&
        value === identifier.value &&
        (use !== 'old' || identifier.use === 'old'),
    ),
  );
}

/** `Organization/id` of the first active one that an identifier names; the identifiers are tried in their order. */
export async function organizationNamed(
  store: ResourceStore,
  identifiers: readonly Identifier[],
): Promise<string | undefined> {
  for (const identifier of identifiers) {
    const found = await resources<Organization>(store, 'Organization', named(identifier));
    const organization = found.find(({ active }) => active !== false);
    if (organization !== undefined) return `Organization/${organization.id}`;
  }
  return undefined;
}

/** The roles of a Practitioner. */
export function rolesOf(store: ResourceStore, practitionerId: string): Promise<PractitionerRole[]> {
  return resources<PractitionerRole>(store, 'PractitionerRole', {
    kind: 'reference',
    parameter: 'practitioner',
    type: 'Practitioner',
    id: practitionerId,
  });
}

function named({ system, value }: Identifier): Expression {
  return { kind: 'token', parameter: 'identifier', system: system ?? null, code: value ?? '' };
}

async function resources<T extends FhirResource>(
  store: ResourceStore,
  type: T['resourceType'],
  expression: Expression,
): Promise<T[]> {
  const { matches } = await store.search({ type, expression, sort: [], count: most });
  return matches.map(({ body }) => parseJson(body) as unknown as T);
}
