import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { type TrustedProxies, trustedProxies } from './http/trusted-proxies.ts';
import type { Settings } from './operability/settings.ts';

/** The reverse proxies in front of a server of these settings. */
export function proxiesOf({ TRUSTED_PROXIES }: Pick<Settings, 'TRUSTED_PROXIES'>): TrustedProxies {
  return trustedProxies(TRUSTED_PROXIES);
}

/**
 * Finds the client certificate of a request, PEM or base64: that of its connection where TLS ends in this process and
 * an authority of the settings signed it, else the one that a trusted proxy passes on in the header of the settings.
 * PEM may be percent encoded, as nginx does.
 */
export function certificateOf({
  CLIENT_CERTIFICATE_HEADER,
  TRUSTED_PROXIES,
}: Pick<Settings, 'CLIENT_CERTIFICATE_HEADER' | 'TRUSTED_PROXIES'>) {
  const header = CLIENT_CERTIFICATE_HEADER.toLowerCase();
  const proxies = proxiesOf({ TRUSTED_PROXIES });
  return (request: IncomingMessage): string | undefined => {
    const text = header === '' || !proxies.sent(request) ? undefined : request.headers[header];
    if (typeof text !== 'string' || text === '') return ownCertificate(request);
    return text.startsWith('-----BEGIN%20') ? decodeURIComponent(text) : text;
  };
}

function ownCertificate({ socket }: IncomingMessage): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  return socket.getPeerX509Certificate()?.toString();
}
