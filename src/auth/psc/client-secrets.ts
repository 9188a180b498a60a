import type { ClientAuth, CustomFetch, CustomFetchOptions } from 'openid-client';

/** Authentication by a secret that may be replaced at Pro Santé Connect at any moment. */
export interface ClientSecrets {
  authenticate: ClientAuth;
  /** A fetch that, when the secret in use is refused, tries the other one once and stays with the one that works. */
  retrying(call: CustomFetch): CustomFetch;
}

/** @param secrets the current one, and the next one if there is one */
export function createClientSecrets(
  clientId: string,
  method: 'client_secret_post' | 'client_secret_basic',
  secrets: readonly string[],
): ClientSecrets {
  let inUse = 0;
  const credentials = (secret: string) => {
    const [id, password] = [formEncoded(clientId), formEncoded(secret)];
    return `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}`;
  };
  const authenticated = (options: CustomFetchOptions, secret: string): CustomFetchOptions => {
    if (method === 'client_secret_basic') {
      return { ...options, headers: { ...options.headers, authorization: credentials(secret) } };
    }
    const body = new URLSearchParams(String(options.body));
    body.set('client_secret', secret);
    return { ...options, body };
  };
  return {
    authenticate(_server, _client, body, headers) {
      const secret = secrets[inUse] ?? '';
      if (method === 'client_secret_basic') return headers.set('authorization', credentials(secret));
      body.set('client_id', clientId);
      body.set('client_secret', secret);
    },
    retrying: (call) => async (url, options) => {
      const response = await call(url, options);
      const other = secrets[1 - inUse];
      if (other === undefined || !(await refusesClient(response))) return response;
      const second = await call(url, authenticated(options, other));
      if (!(await refusesClient(second))) inUse = 1 - inUse;
      return second;
    },
  };
}

async function refusesClient(response: Response): Promise<boolean> {
  if (response.status !== 400 && response.status !== 401) return false;
  const answer = (await response
    .clone()
    .json()
    .catch(() => undefined)) as { error?: unknown } | undefined;
  // Keycloak says the second to a client that is right by name alone.
  return answer?.error === 'invalid_client' || answer?.error === 'unauthorized_client';
}

/** The parts of a Basic header are form-encoded before they are put together (RFC 6749, section 2.3.1). */
function formEncoded(text: string): string {
  return new URLSearchParams({ v: text }).toString().slice('v='.length);
}
