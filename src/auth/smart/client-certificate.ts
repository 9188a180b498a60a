import { createHash, X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Tells the PEM or base64 DER text of the certificate that the client of a request presented. */
export type CertificateOf = (request: IncomingMessage) => string | undefined;

/** The client certificate of a request (RFC 8705), `undefined` without one or when it cannot be read. */
export function clientCertificate(of: CertificateOf, request: IncomingMessage): X509Certificate | undefined {
  try {
    const text = of(request);
    if (text === undefined) return undefined;
    return new X509Certificate(text.startsWith('-----') ? text : Buffer.from(text, 'base64'));
  } catch {
    return undefined;
  }
}

/** The thumbprint of a certificate as tokens hold it (`x5t#S256`, RFC 8705 3.1). */
export function certificateThumbprint({ raw }: X509Certificate): string {
  return createHash('sha256').update(raw).digest('base64url');
}
