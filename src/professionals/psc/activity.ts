import type { CodeableConcept, Organization, PractitionerRole, Reference } from 'fhir/r4.d.ts';
import { identifierSystems } from '../identifier-systems.ts';
import { conceptOf, nomenclatures } from '../nomenclatures.ts';
import { structureIdentifiers } from './identifiers.ts';
import type { Activity, Practice } from './professional.ts';

/** The Organization of an activity, as far as the claims describe it. */
export function organizationOf(activity: Activity, source: string): Organization {
  const { sector, organizationName, tradeName, postalCode } = activity;
  const name = organizationName ?? tradeName;
  return {
    resourceType: 'Organization',
    meta: { source },
    identifier: structureIdentifiers(activity),
    active: true,
    ...(sector === undefined ? {} : { type: [conceptOf([nomenclatures.sector, sector])] }),
    ...(name === undefined ? {} : { name }),
    ...(postalCode === undefined ? {} : { address: [{ use: 'work', postalCode, country: 'FR' }] }),
  };
}

/** What makes two activities of one professional the same over logins: structure, profession and mode. */
export function activityKey({ profession }: Practice, activity: Activity): string {
  const { nationalStructureId, technicalId, finess, siret, mode } = activity;
  return [nationalStructureId ?? technicalId ?? finess ?? siret ?? '', profession, mode ?? ''].join('/');
}

export interface ActivityLinks {
  practitioner: string;
  organization?: string;
  source: string;
}

/** The PractitionerRole of an activity: one CodeableConcept for each notion, as in the Annuaire Santé. */
export function practitionerRoleOf(
  practice: Practice,
  activity: Activity,
  { practitioner, organization, source }: ActivityLinks,
): PractitionerRole {
  const codes: [string, string | undefined][] = [
    [nomenclatures.activityKind, activity.kind],
    [nomenclatures.mode, activity.mode],
    [nomenclatures.function, activity.function],
    [nomenclatures.pharmacistSection, activity.pharmacistSection],
  ];
  const code = codes.flatMap(([system, value]): CodeableConcept[] =>
    value === undefined ? [] : [conceptOf([system, value])],
  );
  return {
    resourceType: 'PractitionerRole',
    meta: { source },
    identifier: [{ system: identifierSystems.activity, value: activityKey(practice, activity) }],
    active: true,
    practitioner: { reference: practitioner },
    ...(organization === undefined ? {} : { organization: { reference: organization } satisfies Reference }),
    ...(code.length === 0 ? {} : { code }),
  };
}
