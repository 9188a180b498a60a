import { type Accepted, isBoolean, isOneOf } from '../switches.ts';

/** The odd behaviours of the simulator, changed at run time. */
export interface PscSwitches {
  /** Seconds that the clock of the tokens is ahead of, or behind, that of this machine. */
  clockOffset: number;
  /** The level of assurance in tokens: that of the person, one for all, or none. */
  acr: 'person' | 'eidas1' | 'eidas2' | 'eidas3' | 'absent' | 'unknown';
  /** `sub` as `f:<uuid>:<identifier>`, or the UUID announced for 2026. */
  subjectStyle: 'keycloak' | 'uuid';
  /** Life of an access token. */
  accessTokenSeconds: number;
  /** Two `acr` members in the access token, as in 2021. */
  duplicateAcr: boolean;
  /** `cnf` of access tokens, `x5t#S256`: the thumbprint of the certificate that they are bound to; empty: none. */
  confirmation: string;
  /** A request without nonce is refused, or answered with tokens of an empty one. */
  missingNonce: 'refuse' | 'empty';
  /** What comes back in the ID token in place of the nonce that was sent. */
  nonce: 'same' | 'other' | 'absent';
  /** How the ID token is signed. */
  algorithm: 'RS256' | 'none' | 'HS256';
  /** The `iss` of the ID token, and that of the callback. */
  issuer: 'same' | 'other';
  callbackIssuer: 'same' | 'other' | 'absent';
  /** The `aud` of the ID token. */
  audience: 'same' | 'other';
  /** The `sub` of UserInfo, compared with that of the ID token. */
  userInfoSubject: 'same' | 'other';
  /** UserInfo holds no `SubjectRefPro`. */
  withoutPractices: boolean;
  /** The browser comes back from a logout without `state`. */
  dropLogoutState: boolean;
  /** The endpoint that answers with `failureStatus`. */
  failing: 'none' | 'discovery' | 'token' | 'userinfo' | 'certs' | 'introspect' | 'all';
  failureStatus: number;
}

export const defaultSwitches: PscSwitches = {
  clockOffset: 0,
  acr: 'person',
  subjectStyle: 'keycloak',
  accessTokenSeconds: 120,
  duplicateAcr: false,
  confirmation: '',
  missingNonce: 'refuse',
  nonce: 'same',
  algorithm: 'RS256',
  issuer: 'same',
  callbackIssuer: 'same',
  audience: 'same',
  userInfoSubject: 'same',
  withoutPractices: false,
  dropLogoutState: false,
  failing: 'none',
  failureStatus: 503,
};

const isBetween = (least: number, most: number) => (value: unknown) =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;

export const acceptedSwitches: Accepted<PscSwitches> = {
  clockOffset: isBetween(-86_400, 86_400),
  acr: isOneOf('person', 'eidas1', 'eidas2', 'eidas3', 'absent', 'unknown'),
  subjectStyle: isOneOf('keycloak', 'uuid'),
  accessTokenSeconds: isBetween(1, 86_400),
  duplicateAcr: isBoolean,
  confirmation: (value) => typeof value === 'string' && value.length <= 128,
  missingNonce: isOneOf('refuse', 'empty'),
  nonce: isOneOf('same', 'other', 'absent'),
  algorithm: isOneOf('RS256', 'none', 'HS256'),
  issuer: isOneOf('same', 'other'),
  callbackIssuer: isOneOf('same', 'other', 'absent'),
  audience: isOneOf('same', 'other'),
  userInfoSubject: isOneOf('same', 'other'),
  withoutPractices: isBoolean,
  dropLogoutState: isBoolean,
  failing: isOneOf('none', 'discovery', 'token', 'userinfo', 'certs', 'introspect', 'all'),
  failureStatus: isBetween(400, 599),
};
