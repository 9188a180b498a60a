import { request as httpsRequest } from 'node:https';
import type { CustomFetch, CustomFetchOptions } from 'openid-client';
import type { PscSettings } from './settings.ts';

/** Pro Santé Connect cannot be reached, does not answer in time, or answers that it is down. */
export class PscUnavailable extends Error {
  constructor(reason: string, cause?: unknown) {
    super(`Pro Santé Connect is not available: ${reason}`, { cause });
    this.name = 'PscUnavailable';
  }
}

/**
 * Calls Pro Santé Connect, with the client certificate where there is one.
 * @returns a fetch that rejects with PscUnavailable when there is no answer or one of status 5xx
 */
export function createTransport({ tls, limits }: Pick<PscSettings, 'tls' | 'limits'>): CustomFetch {
  const call: CustomFetch = tls === undefined ? plain : (url, options) => withCertificate(url, options, tls);
  return async (url, options) => {
    const signal = AbortSignal.timeout(limits.timeoutMs);
    let response: Response;
    try {
      response = await call(url, { ...options, signal });
    } catch (error) {
      throw new PscUnavailable(signal.aborted ? 'time-out' : 'no connection', error);
    }
    if (response.status >= 500) throw new PscUnavailable(`status ${response.status}`);
    return response;
  };
}

const plain: CustomFetch = (url, options) => fetch(url, options as RequestInit);

/** The fetch of Node.js takes no client certificate. */
function withCertificate(
  url: string,
  { method, headers, body, signal }: CustomFetchOptions,
  { certificate, key, certificateAuthorities }: NonNullable<PscSettings['tls']>,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      url,
      {
        method,
        headers: { ...headers, ...(body instanceof URLSearchParams ? formHeader : {}) },
        ...(signal === undefined ? {} : { signal }),
        ...(certificate === undefined ? {} : { cert: certificate }),
        ...(key === undefined ? {} : { key }),
        ...(certificateAuthorities === undefined ? {} : { ca: certificateAuthorities }),
        minVersion: 'TLSv1.2',
      },
      async (answer) => {
        try {
          const content = Buffer.concat(await answer.toArray());
          const status = answer.statusCode ?? 502;
          resolve(
            new Response(hasBody(status) ? content : null, {
              status,
              headers: Object.entries(answer.headersDistinct).flatMap(([name, values]) =>
                (values ?? []).map((value): [string, string] => [name, value]),
              ),
            }),
          );
        } catch (error) {
          reject(error);
        }
      },
    );
    request.on('error', reject);
    request.end(body === undefined || body === null ? undefined : String(body));
  });
}

const formHeader = { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' };

/** Those without a body must be built without one (Fetch, null body status). */
function hasBody(status: number): boolean {
  return status !== 204 && status !== 205 && status !== 304;
}
