import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';

/** A client as it is registered with the simulator. */
export interface SimulatedClient {
  id: string;
  /** Those that are accepted; without any the client authenticates by its certificate. */
  secrets: readonly string[];
  /** The common name of its certificate, for mutual TLS. */
  certificateName?: string;
  /** Exact strings; none for a client that only introspects. */
  redirectUris: readonly string[];
  postLogoutRedirectUris?: readonly string[];
  /** Is sent a logout token when a session of its ends (OpenID Connect Back-Channel Logout 1.0). */
  backChannelLogoutUri?: string;
}

/** The client that a request to an endpoint authenticates: by Basic, by the form, or by its certificate. */
export function authenticatedClient(
  clients: readonly SimulatedClient[],
  request: IncomingMessage,
  form: Readonly<Record<string, unknown>>,
): SimulatedClient | undefined {
  const basic = basicCredentials(request.headers.authorization);
  const id = basic?.id ?? form['client_id'];
  const secret = basic?.secret ?? form['client_secret'];
  const client = clients.find((each) => each.id === id);
  if (client === undefined) return undefined;
  if (typeof secret === 'string') return client.secrets.includes(secret) ? client : undefined;
  const name = certificateName(request);
  return name !== undefined && name === client.certificateName ? client : undefined;
}

/** The parts are form-encoded before they are put together (RFC 6749, section 2.3.1). */
function basicCredentials(header: string | undefined): { id: string; secret: string } | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const [id = '', secret = ''] = Buffer.from(encoded, 'base64').toString().split(':');
  return { id: formDecoded(id), secret: formDecoded(secret) };
}

function formDecoded(text: string): string {
  return new URLSearchParams(`v=${text}`).get('v')!;
}

function certificateName({ socket }: IncomingMessage): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  return typeof name === 'string' ? name : undefined;
}
