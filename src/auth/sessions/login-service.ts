import type { Account } from './accounts.ts';
import type { LoginEnd } from './logins.ts';

/** Who identifies users: Pro Santé Connect, or what stands in for it. */
export interface LoginService {
  /**
   * @returns where to send the browser
   * @throws FhirError 503 when the service cannot be reached
   */
  begin(login: LoginRequest): Promise<URL>;
  /**
   * Ends a login: of one state the first call alone succeeds, and only with the binding that it began with.
   * @param callback the URL that the browser came back to, with its query
   */
  finish(callback: URL, binding: string): Promise<LoginResult>;
}

export interface LoginRequest {
  tenant: string;
  /** Given back by `finish`: where the browser goes on here. */
  returnTo: string;
  /** A secret that this browser alone holds. */
  binding: string;
  prompt?: 'login';
  /** Seconds since the last authentication that are accepted. */
  maxAge?: number;
  loginHint?: string;
}

export type LoginResult =
  | { outcome: 'identified'; returnTo: string; user: IdentifiedUser }
  /** `returnTo` is absent when the login was not begun by this browser. */
  | { outcome: 'refused'; reason: LoginRefusal; returnTo?: string };

/**
 * `state`: unknown, expired, used or of another browser; `denied`: the user or the service said no; `deactivated`,
 * `unknown`: the professional may not enter here; `unavailable`: the service does not answer; `failed`: anything else.
 */
export type LoginRefusal = 'state' | 'denied' | 'deactivated' | 'unknown' | 'unavailable' | 'failed';

export interface IdentifiedUser extends Omit<Account, 'id' | 'tenant'>, LoginEnd {
  acr?: string;
  amr?: readonly string[];
  /** Seconds since 1970 UTC. */
  authenticatedAt: number;
}
