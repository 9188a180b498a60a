import { createHash, randomUUID } from 'node:crypto';
import type { SimulatedProfessional } from './people.ts';
import type { SimulatedSession } from './sessions.ts';
import type { PscSwitches } from './switches.ts';

/** The component of the user store of Keycloak, in `sub`. */
const userStore = '550dc1c8-d97b-4b1e-ac8c-8eb4471cf9dd';

export interface TokenContext {
  issuer: string;
  session: SimulatedSession;
  switches: PscSwitches;
  /** Seconds since 1970. */
  now: number;
}

/** The claims of an access token, as JSON: there is no `aud`, and `acr` may be there twice. */
export function accessTokenClaims({ issuer, session, switches, now }: TokenContext): string {
  const { person, clientId, nonce, scope, startedAt } = session;
  const acr = acrOf(person, switches);
  const claims = JSON.stringify({
    exp: now + switches.accessTokenSeconds,
    iat: now,
    auth_time: startedAt,
    jti: randomUUID(),
    iss: issuer,
    sub: subjectOf(person, switches),
    typ: 'Bearer',
    azp: clientId,
    nonce,
    session_state: session.id,
    ...(acr === undefined ? {} : { acr }),
    scope,
    ...(switches.confirmation === '' ? {} : { cnf: { 'x5t#S256': switches.confirmation } }),
    sid: session.id,
    otherIds: person.otherIds,
    authMode: person.authenticationMode,
    SubjectNameID: person.nationalId,
    preferred_username: person.nationalId,
  });
  return switches.duplicateAcr ? `{"acr":"1",${claims.slice(1)}` : claims;
}

/** The claims of an ID token, with everything that the switches make wrong in them. */
export function idTokenClaims({ issuer, session, switches, now }: TokenContext, accessToken: string): string {
  const { person, clientId, nonce, startedAt } = session;
  const acr = acrOf(person, switches);
  const half = createHash('sha256').update(accessToken).digest().subarray(0, 16);
  return JSON.stringify({
    exp: now + switches.accessTokenSeconds,
    iat: now,
    auth_time: startedAt,
    jti: randomUUID(),
    iss: switches.issuer === 'same' ? issuer : 'https://other.example/auth/realms/esante-wallet',
    aud: switches.audience === 'same' ? clientId : 'another-client',
    sub: subjectOf(person, switches),
    typ: 'ID',
    azp: switches.audience === 'same' ? clientId : 'another-client',
    ...(switches.nonce === 'absent' ? {} : { nonce: switches.nonce === 'same' ? nonce : randomUUID() }),
    session_state: session.id,
    at_hash: half.toString('base64url'),
    ...(acr === undefined ? {} : { acr }),
    sid: session.id,
    auth_level: '1',
    authMode: person.authenticationMode,
    otherIds: person.otherIds,
    SubjectNameID: person.nationalId,
    preferred_username: person.nationalId,
    given_name: person.givenName,
    family_name: person.familyName,
  });
}

/** UserInfo, filtered by the scope that was granted. */
export function userInfo(
  { person, scope }: SimulatedSession,
  switches: PscSwitches,
): Record<string, unknown> {
  const granted = scope.split(' ');
  const grants = (...names: readonly string[]) =>
    granted.includes('scope_all') || names.some((name) => granted.includes(name));
  const { SubjectRefPro, SubjectRole, ...organization } = person.claims;
  const subject = subjectOf(person, switches);
  return {
    sub: switches.userInfoSubject === 'same' ? subject : `${subject}-other`,
    email_verified: false,
    ...(grants('profile', 'identity')
      ? {
          SubjectNameID: person.nationalId,
          preferred_username: person.nationalId,
          given_name: person.givenName,
          family_name: person.familyName,
        }
      : {}),
    ...(grants('interop')
      ? {
          ...organization,
          SubjectRole,
          Mode_Acces_Raison: '',
          Acces_Regulation_Medicale: 'FAUX',
          PSI_Locale: '1.2.250.1.213.1.3.1.1',
          UITVersion: '1.0',
          Palier_Authentification: 'APPPRIP3^1.2.250.1.213.1.5.1.1.1',
          authMode: person.authenticationMode,
        }
      : {}),
    ...(grants('rpps') ? { otherIds: person.otherIds } : {}),
    ...(grants('referentiel') && !switches.withoutPractices ? { SubjectRefPro } : {}),
  };
}

function subjectOf({ nationalId }: SimulatedProfessional, { subjectStyle }: PscSwitches): string {
  if (subjectStyle === 'keycloak') return `f:${userStore}:${nationalId}`;
  const digest = createHash('sha256').update(nationalId).digest('hex');
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-4${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}

function acrOf({ acr: ofPerson }: SimulatedProfessional, { acr }: PscSwitches): string | undefined {
  switch (acr) {
    case 'person':
      return ofPerson;
    case 'absent':
      return undefined;
    case 'unknown':
      return 'loa-substantial';
    default:
      return acr;
  }
}
