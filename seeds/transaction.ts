import type { Bundle, FhirResource } from 'fhir/r4.d.ts';

/** Only names the entries inside a bundle, so that their relative references resolve there. */
const bundleBase = 'https://seeds.passerelle.example/fhir';

/**
 * A transaction that puts each resource under its own id (R4 http.html#transaction): loading it twice leaves
 * the same content. Every resource carries an id.
 */
export function putTransaction(resources: readonly FhirResource[]): Bundle {
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: resources.map((resource) => {
      const url = `${resource.resourceType}/${resource.id}`;
      return {
        fullUrl: `${bundleBase}/${url}`,
        resource,
        request: { method: 'PUT', url },
      };
    }),
  };
}
