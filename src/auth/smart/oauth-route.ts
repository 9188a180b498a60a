import { IncomingMessage } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import type { Provider } from 'oidc-provider';

/** Bytes of a form at the token endpoint at most. */
const formLimit = 56 * 1024;

/**
 * What the library's own page may do that sends itself on, such as when another user logs in: it adds the digest of its
 * script to a directive that is there.
 */
const contentPolicy =
  "default-src 'none'; script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** The endpoints that need no user. */
const ofBackEnds: ReadonlySet<string> = new Set(['/token', '/introspect', '/revoke', '/jwks']);

/** The endpoints of the authorization server of back ends alone, mounted at /oauth. */
export function backEndRoute(provider: Provider, origin: string): RequestHandler {
  const oauth = oauthRoute(provider, origin);
  return (request, response, next) =>
    ofBackEnds.has(request.path) ? oauth(request, response, next) : next();
}

/**
 * The endpoints of the authorization server, mounted at /oauth. It sees the public origin whatever proxy the request came
 * through, so that nobody moves its addresses with a header.
 */
export function oauthRoute(provider: Provider, origin: string): RequestHandler {
  const answer = provider.callback();
  const { host, protocol } = new URL(origin);
  return async (request, response) => {
    request.headers.host = host;
    request.headers['x-forwarded-proto'] = protocol.slice(0, -1);
    delete request.headers['x-forwarded-host'];
    // Apps are opened in windows of the EHR that stay in touch with it.
    response.removeHeader('Cross-Origin-Opener-Policy');
    response.setHeader('Content-Security-Policy', contentPolicy);
    if (request.method === 'POST' && request.path === '/authorize') return redirectForm(request, response);
    const handled = needsClientId(request) ? await withClientId(provider, request) : request;
    await answer(handled, response);
  };
}

/** Authorization by POST (SMART App Launch 2.2, `authorize-post`): the library would need cookies that other sites send. */
async function redirectForm(request: Request, response: Response): Promise<void> {
  const form = (await readForm(request)) ?? '';
  response.redirect(303, `${request.baseUrl}/authorize?${new URLSearchParams(form)}`);
}

/** Some apps refresh the token of a public client without saying who they are (fhirclient 2). */
function needsClientId({ method, path, headers }: Request): boolean {
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  return method === 'POST' && path === '/token' && isForm && headers.authorization === undefined;
}

/** The same request, with the client_id of its refresh token where a public client left it out. */
async function withClientId(provider: Provider, request: Request): Promise<IncomingMessage> {
  const text = (await readForm(request)) ?? '';
  const form = new URLSearchParams(text);
  const token = form.get('refresh_token');
  const isAnonymous = !form.has('client_id') && !form.has('client_assertion');
  if (form.get('grant_type') === 'refresh_token' && isAnonymous && token !== null) {
    const clientId = (await provider.RefreshToken.find(token))?.clientId;
    const client = clientId === undefined ? undefined : await provider.Client.find(clientId);
    if (client?.tokenEndpointAuthMethod === 'none') {
      form.set('client_id', client.clientId);
      return again(request, form.toString());
    }
  }
  return again(request, text);
}

/** @returns `undefined` when it is longer than any form that is expected */
async function readForm(request: Request): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > formLimit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A request whose body is still to be read. */
function again(request: Request, body: string): IncomingMessage {
  const copy = new IncomingMessage(request.socket);
  const { method, url, httpVersion } = request;
  const headers = { ...request.headers, 'content-length': String(Buffer.byteLength(body)) };
  const { baseUrl, originalUrl } = request;
  // Complete: else its end would end the connection.
  Object.assign(copy, { method, url, httpVersion, headers, baseUrl, originalUrl, complete: true });
  copy.push(body);
  copy.push(null);
  return copy;
}
