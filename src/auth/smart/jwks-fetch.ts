/** Milliseconds that a key server has to answer. */
const timeout = 5_000;

/**
 * Fetches the keys of clients, from the origins that the settings allow and from nowhere else: no redirect is followed, so
 * that nobody makes this server call others.
 * @throws Error for any other address
 */
export function jwksFetch(origins: readonly string[]): typeof fetch {
  return async (input, options = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (!origins.includes(url.origin)) throw new Error('The origin of this jwks_uri is not allowed');
    // The dispatcher of the library refuses private addresses, where the key servers of hospitals are.
    const { dispatcher: _, ...rest } = options as RequestInit & { dispatcher?: unknown };
    return fetch(url, { ...rest, redirect: 'error', signal: AbortSignal.timeout(timeout) });
  };
}
