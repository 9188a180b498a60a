import type { Address, Location, Organization } from 'fhir/r4.d.ts';
import {
  concept,
  frCore,
  frCoreSystem,
  identifierTypes,
  inseeCode,
  nosSystem,
  organizationTypes,
} from '../fr-core.ts';
import { places } from './places.ts';

/** References of the parts of the hospital that other demo resources name. */
export const hospital = {
  legalEntity: 'Organization/org-chu-saint-martin',
  site: 'Organization/org-hopital-saint-martin',
  medicine: 'Organization/org-uf-medecine-polyvalente',
  emergency: 'Organization/org-uf-urgences',
} as const;

/** FINESS of the range 99, which no department has: valid by their Luhn key, given to no real structure. */
const finessNumbers = { legalEntity: '990000028', site: '990000010' };

function addressOf(): Address {
  const { cog, name, postalCode, country } = places.angers;
  return {
    extension: [inseeCode(cog, name)],
    use: 'work',
    line: ['1 rue des Essais'],
    city: name,
    postalCode,
    country,
  };
}

function establishment(
  id: string,
  name: string,
  type: 'LEGAL-ENTITY' | 'GEOGRAPHICAL-ENTITY',
  finess: { type: 'FINEJ' | 'FINEG'; display: string; value: string },
): Organization {
  return {
    resourceType: 'Organization',
    id,
    meta: { profile: [frCore('organization-etablissement')] },
    identifier: [
      {
        use: 'official',
        type: concept(identifierTypes, 'IDNST'),
        system: 'urn:oid:1.2.250.1.71.4.2.2',
        value: `1${finess.value}`,
      },
      {
        use: 'usual',
        type: concept(identifierTypes, finess.type, finess.display),
        system: 'https://finess.esante.gouv.fr',
        value: finess.value,
      },
    ],
    active: true,
    type: [concept(organizationTypes, type), concept(nosSystem('TRE_R02-SecteurActivite'), 'SA01')],
    name,
    telecom: [{ system: 'phone', value: '+33 2 61 91 00 00', use: 'work' }],
    address: [addressOf()],
  };
}

/** A functional unit; its type carries no display, which fr-core-organization-uf would refuse. */
function functionalUnit(id: string, name: string): Organization {
  return {
    resourceType: 'Organization',
    id,
    meta: { profile: [frCore('organization-uf')] },
    active: true,
    type: [concept(organizationTypes, 'UF')],
    name,
    partOf: { reference: hospital.site },
  };
}

/** The legal entity, its site and two functional units, each after the one it belongs to. */
export function organizations(): Organization[] {
  return [
    establishment('org-chu-saint-martin', 'CHU Saint-Martin', 'LEGAL-ENTITY', {
      type: 'FINEJ',
      display: "FINESS d'entité juridique",
      value: finessNumbers.legalEntity,
    }),
    {
      ...establishment('org-hopital-saint-martin', 'Hôpital Saint-Martin', 'GEOGRAPHICAL-ENTITY', {
        type: 'FINEG',
        display: "FINESS d'entité géographique",
        value: finessNumbers.site,
      }),
      partOf: { reference: hospital.legalEntity },
    },
    functionalUnit('org-uf-medecine-polyvalente', 'UF Médecine polyvalente'),
    functionalUnit('org-uf-urgences', 'UF Urgences'),
  ];
}

function location(
  id: string,
  name: string,
  type: { code: string; display: string },
  organization: string,
  partOf?: string,
): Location {
  return {
    resourceType: 'Location',
    id,
    meta: { profile: [frCore('location')] },
    status: 'active',
    name,
    mode: 'instance',
    type: [concept(frCoreSystem('location-type'), type.code, type.display)],
    managingOrganization: { reference: organization },
    ...(partOf ? { partOf: { reference: `Location/${partOf}` } } : {}),
  };
}

/** One building with what the demo encounters take place in. */
export function locations(): Location[] {
  const room = { code: 'CHAMB', display: 'Chambre' };
  const bed = { code: 'LIT', display: 'Lit' };
  return [
    {
      ...location('loc-batiment-a', 'Bâtiment A', { code: 'BAT', display: 'Bâtiment' }, hospital.site),
      address: addressOf(),
    },
    location('loc-chambre-201', 'Chambre 201', room, hospital.medicine, 'loc-batiment-a'),
    location('loc-lit-201-fenetre', 'Lit 201 fenêtre', bed, hospital.medicine, 'loc-chambre-201'),
    location('loc-chambre-202', 'Chambre 202', room, hospital.medicine, 'loc-batiment-a'),
    location(
      'loc-box-3',
      'Box 3 des urgences',
      { code: 'BOX', display: 'Box' },
      hospital.emergency,
      'loc-batiment-a',
    ),
    location(
      'loc-consultation-1',
      'Salle de consultation 1',
      { code: 'SL_CONS', display: 'Salle de consultation' },
      hospital.medicine,
      'loc-batiment-a',
    ),
  ];
}
