import type { IncomingMessage } from 'node:http';
import type { Actor } from './access/actor.ts';
import { FhirError } from './fhir/error.ts';
import { networkOf, RateLimit } from './http/rate-limit.ts';
import type { Core } from './server-core.ts';
import { proxiesOf } from './server-proxy.ts';

/** How many requests are taken on /fhir, /api and the endpoints of the authorization server. */
export interface RequestLimits {
  /**
   * Counts a request of a caller, and of the tenant.
   * @returns a promise where the count takes a moment
   * @throws FhirError 429
   */
  take(actor: Actor, request: IncomingMessage): undefined | Promise<void>;
  /**
   * Lets a caller in by these means; where they refuse, that counts against the address. Who logs in is not kept out by
   * others who come from the same address.
   * @throws FhirError what they throw, 429 in its place when the address was refused too often
   */
  lettingIn<T>(request: IncomingMessage, letIn: () => Promise<T>): Promise<T>;
  /**
   * Counts a request of nobody in particular against its address.
   * @throws FhirError 429
   */
  takeOfAddress(request: IncomingMessage): undefined | Promise<void>;
}

/** The limits of the settings; `undefined` where there are none. */
export function openLimits({
  settings,
  stores,
}: Pick<Core, 'settings' | 'stores'>): RequestLimits | undefined {
  const { CALLER_REQUESTS_PER_MINUTE: ofCaller, TENANT_REQUESTS_PER_MINUTE: ofTenant } = settings;
  if (ofCaller === 0 && ofTenant === 0) return undefined;
  const { callerOf } = proxiesOf(settings);
  const limitOf = (name: string, limit: number) =>
    limit === 0 ? undefined : new RateLimit(name, limit, (key, ttl) => stores.expiring.increment(key, ttl));
  const callers = limitOf('caller', ofCaller);
  const tenants = limitOf('tenant', ofTenant);
  const addressOf = (request: IncomingMessage) => `address ${networkOf(callerOf(request))}`;
  return {
    take(actor, request) {
      const waiting = callers?.take(nameOf(actor) ?? addressOf(request));
      if (waiting === undefined) return tenants?.take(actor.tenant);
      return waiting.then(() => tenants?.take(actor.tenant));
    },
    async lettingIn(request, letIn) {
      if (callers === undefined) return letIn();
      try {
        return await letIn();
      } catch (error) {
        if (error instanceof FhirError) await callers.take(addressOf(request));
        throw error;
      }
    },
    takeOfAddress: (request) => callers?.take(addressOf(request)),
  };
}

/** What stands for a caller who has logged in. */
function nameOf({ subject, clientId, tenant }: Actor): string | undefined {
  if (subject !== undefined) return `${tenant} ${subject.issuer} ${subject.value}`;
  return clientId === undefined ? undefined : `${tenant} client ${clientId}`;
}
