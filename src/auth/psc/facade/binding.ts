import type { IncomingMessage } from 'node:http';

/** The `__Host-` prefix, which a browser takes on https alone, keeps other hosts of the domain from setting it. */
const securedName = '__Host-psc-login';
const plainName = 'psc-login';

/**
 * The cookie by which the browser that began a login is known when it comes back. It is one for all its logins, so that
 * several can be under way at once.
 * @param isSecure browsers reach this server by https
 * @param seconds that it lives
 */
export function bindingCookie(isSecure: boolean, value: string, seconds: number): string {
  const attributes = `Max-Age=${seconds}; Path=/; HttpOnly; SameSite=Lax`;
  return isSecure ? `${securedName}=${value}; ${attributes}; Secure` : `${plainName}=${value}; ${attributes}`;
}

/** The value of the cookie that a browser sends back, when it is one of ours. */
export function readBinding(request: IncomingMessage, isSecure: boolean): string | undefined {
  const name = isSecure ? securedName : plainName;
  const cookies = (request.headers.cookie ?? '').split(';').map((cookie) => cookie.trim());
  const value = cookies.find((cookie) => cookie.startsWith(`${name}=`))?.slice(name.length + 1);
  return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined;
}
