import type { CodeableConcept, Coding, Extension } from 'fhir/r4.d.ts';
import { codeSystems, extensionUrls } from '../src/ins/fr-core.ts';

/** Canonical base of FR Core 2.2.0 (Interop'Santé). */
const frCoreBase = 'https://hl7.fr/ig/fhir/core';

/** Code system of the identifier types of FR Core: INS-NIR-TEST, RPPS, FINEJ… */
export const identifierTypes = `${frCoreBase}/CodeSystem/fr-core-cs-v2-0203`;
/** Code system of the HL7 France organization types: LEGAL-ENTITY, UF… */
export const organizationTypes = `${frCoreBase}/CodeSystem/fr-core-cs-v2-3307`;

/** Canonical of a FR Core profile or extension, from its name without the prefix: `patient-ins`. */
export function frCore(name: string): string {
  return `${frCoreBase}/StructureDefinition/fr-core-${name}`;
}

/** URL of a code system of FR Core, from its name without the prefix: `location-type`. */
export function frCoreSystem(name: string): string {
  return `${frCoreBase}/CodeSystem/fr-core-cs-${name}`;
}

/** URL of a nomenclature (NOS) of the Agence du Numérique en Santé, such as `TRE_R13-CommuneOM`. */
export function nosSystem(name: string): string {
  return `https://mos.esante.gouv.fr/NOS/${name}/FHIR/${name.replace('_', '-')}`;
}

/** A Coding; the display is left out where the French lists give none. */
export function coding(system: string, code: string, display?: string): Coding {
  return { system, code, ...(display === undefined ? {} : { display }) };
}

/** A CodeableConcept of one coding. */
export function concept(system: string, code: string, display?: string): CodeableConcept {
  return { coding: [coding(system, code, display)] };
}

/** COG code of a commune (or `99xxx` of a country) on an Address, FR Core fr-core-address-insee-code. */
export function inseeCode(cog: string, display: string): Extension {
  return {
    url: extensionUrls.inseeCode,
    valueCoding: coding(codeSystems.commune, cog, display),
  };
}
