import type { Professional } from '../../professionals/psc/professional.ts';
import type { Assurance } from './settings.ts';

/** The relying party of Pro Santé Connect, free of any transport. */
export interface PscRelyingParty {
  /**
   * Starts a login: keeps its state, nonce and code verifier for 300 seconds under the browser's binding.
   * @returns where to send the browser
   * @throws FhirError 503 when Pro Santé Connect cannot be reached, 400 on a redirect URI that is none of the settings'
   */
  begin(login: PscLogin): Promise<URL>;
  /**
   * Ends a login: of one state the first call alone succeeds, and only with the binding that it began with.
   * @param callback the URL that the browser came back to, with its query
   */
  finish(callback: URL, binding: string): Promise<PscLoginResult>;
  /** A live access token of a session, refreshed when it must be, once for concurrent callers. */
  accessToken(session: string): Promise<PscAccess>;
  /**
   * Ends a session here, and says where to send the browser so that it ends at Pro Santé Connect too.
   * @param state returned with the browser, if Pro Santé Connect does return it
   * @returns `undefined` when the session is over already, or Pro Santé Connect cannot be reached
   */
  logout(session: string, state: string): Promise<URL | undefined>;
  /**
   * Ends all sessions that a logout token names (OpenID Connect Back-Channel Logout 1.0).
   * @returns false when the token is not one for this server, or was taken before
   * @throws FhirError 503 when Pro Santé Connect cannot be reached
   */
  backChannelLogout(logoutToken: string): Promise<boolean>;
}

export interface PscLogin {
  /** Given back by `finish`, unread: where the browser goes on here, and in which tenant. */
  returnTo: string;
  tenant: string;
  /** A secret that this browser alone holds, such as the value of its session cookie. */
  binding: string;
  /** `login`: the user authenticates anew. */
  prompt?: 'login';
  /** Seconds since the last authentication that are accepted. */
  maxAge?: number;
  /** National identifier of the professional who is expected. */
  loginHint?: string;
  /** The least level of assurance, when it is higher than that of the settings. */
  leastAssurance?: Assurance;
  /** One of those of the settings; the first of them unless given. */
  redirectUri?: string;
}

export type PscLoginResult =
  | { outcome: 'identified'; returnTo: string; tenant: string; identity: PscIdentity }
  /** `returnTo` is absent when the state was not one of this browser. */
  | { outcome: 'refused'; reason: PscRefusal; returnTo?: string };

/**
 * Why a login failed. `state`: unknown, expired, used or of another browser; `denied`: the user or Pro Santé Connect
 * said no; `login-required`: a silent login is not possible; `assurance`: the authentication is weaker than asked;
 * `token`: what Pro Santé Connect sent does not verify; `unavailable`: it does not answer; `configuration`: it refuses
 * this server.
 */
export type PscRefusal =
  | 'state'
  | 'denied'
  | 'login-required'
  | 'assurance'
  | 'token'
  | 'unavailable'
  | 'configuration';

/** A professional whom Pro Santé Connect has authenticated. */
export interface PscIdentity {
  issuer: string;
  /** Opaque, unique for the issuer; never read. */
  subject: string;
  assurance: Assurance;
  /** CARD, MOBILE… */
  authenticationMode?: string;
  /** Seconds since 1970 UTC. */
  authenticatedAt: number;
  professional: Professional;
  /** Names the session of Pro Santé Connect that is kept here, for `accessToken` and `logout`. */
  session: string;
  /**
   * Group of the `ExpiringStore` that is deleted when the session ends, by a logout here or at Pro Santé Connect: keep
   * what is to end with it in this group.
   */
  sessionGroup: string;
  /** Milliseconds since 1970 UTC after which the session is over at the latest. */
  sessionEndsAt: number;
}

/** `ended`: the user has to log in again. */
export type PscAccess =
  | { outcome: 'live'; token: string }
  | { outcome: 'ended' }
  | { outcome: 'unavailable' };

/** What the relying party tells its owner; nothing of it is identity data. */
export interface PscEvents {
  /** Why a login failed for another reason than the professional's own will. */
  onFailure(error: unknown): void;
  /** A level of assurance that is none of eidas1 to eidas3 was taken for the lowest; `undefined`: there was none. */
  onUnknownAssurance(acr: string | undefined): void;
}
