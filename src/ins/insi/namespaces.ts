/** Namespaces of the INSi messages (WSDL `DESIR_ICIR_EXP_1.5.0`). */
export const namespaces = {
  soap: 'http://www.w3.org/2003/05/soap-envelope',
  addressing: 'http://www.w3.org/2005/08/addressing',
  security: 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd',
  softwareContext: 'urn:siram:lps:ctxlps',
  coverageContext: 'urn:siram:bam:ctxbam',
  fault: 'urn:siram',
  searchByTraits: 'http://www.cnamts.fr/INSiRecSans',
  result: 'http://www.cnamts.fr/INSiResultat',
} as const;

/** The action of an operation. */
export function actionOf(operation: string): string {
  return `urn:ServiceIdentiteCertifiee:1.0.0:${operation}`;
}
