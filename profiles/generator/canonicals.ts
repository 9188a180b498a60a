/** Short forms of canonical URLs in the readable source: `sd:fr-core-patient`, `nos:TRE_R20-Pays`. */
const bases: Readonly<Record<string, string>> = {
  sd: 'https://hl7.fr/ig/fhir/core/StructureDefinition/',
  vs: 'https://hl7.fr/ig/fhir/core/ValueSet/',
  cs: 'https://hl7.fr/ig/fhir/core/CodeSystem/',
  r4: 'http://hl7.org/fhir/StructureDefinition/',
  r4vs: 'http://hl7.org/fhir/ValueSet/',
  r5: 'http://hl7.org/fhir/5.0/StructureDefinition/',
  tho: 'http://terminology.hl7.org/CodeSystem/',
  thovs: 'http://terminology.hl7.org/ValueSet/',
};

/** The canonical URL of a short form; what has none of the known prefixes is a URL already. */
export function canonical(short: string): string {
  const colon = short.indexOf(':');
  const prefix = short.slice(0, colon);
  const name = short.slice(colon + 1);
  if (prefix === 'nos') return nosCanonical(name);
  const base = bases[prefix];
  return base === undefined ? short : `${base}${name}`;
}

/** URL of a nomenclature (NOS) of the Agence du Numérique en Santé, from its name such as `TRE_R20-Pays`. */
export function nosCanonical(name: string): string {
  return `https://mos.esante.gouv.fr/NOS/${name}/FHIR/${nosId(name)}`;
}

/** The last part of the URL of a nomenclature: `TRE-R20-Pays`. */
export function nosId(name: string): string {
  return name.replace('_', '-');
}
