import { timingSafeEqual, type X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { decodeJwt, jwtVerify } from 'jose';
import { fetchUserInfo, tokenIntrospection } from 'openid-client';
import type { Actor } from '../../access/actor.ts';
import { type FhirError, fhirError } from '../../fhir/error.ts';
import { readProfessional } from '../../professionals/psc/user-info.ts';
import { nameOf } from '../sealed.ts';
import { type CertificateOf, certificateThumbprint, clientCertificate } from '../smart/client-certificate.ts';
import { assuranceOf } from './assurance.ts';
import { clockToleranceSeconds, type PscConnection, pscConnections, signingAlgorithm } from './connection.ts';
import { enter, type ProfessionalEntryParts } from './professional-login.ts';
import { refusalOf } from './refusal.ts';
import type { PscSettings } from './settings.ts';

export interface PscApiParts extends ProfessionalEntryParts {
  psc: PscSettings;
  /** How a token is judged: by Pro Santé Connect at each first sight, or by its keys alone, which show no logout. */
  validation: 'introspection' | 'keys';
  /** The clients (`azp`) whose tokens are taken: there is no audience to tell whom a token is for. */
  clients: readonly string[];
  certificateOf: CertificateOf;
  tenant: string;
}

type Claims = Readonly<Record<string, unknown>>;

/** A token that was judged. */
interface Known {
  actor: Actor;
  thumbprint: string | undefined;
  /** Milliseconds since 1970 UTC. */
  until: number;
}

/** Milliseconds that a judgement holds at most, and how many are kept. */
const cacheTime = 60_000;
const cacheSize = 10_000;

/**
 * Judges access tokens of Pro Santé Connect that are sent to this API (espace de confiance API Pro Santé Connect), and
 * registers who holds them.
 * @returns what throws FhirError 401 on a token that does not hold, 403 where its professional may not enter, 503 while
 *   Pro Santé Connect is not available
 */
export function pscApiTokens(
  parts: PscApiParts,
): (token: string, request: IncomingMessage) => Promise<Actor> {
  const connection = pscConnections(parts.psc);
  const known = new Map<string, Known>();
  const judge = async (token: string): Promise<Known> => {
    const name = nameOf(token);
    const found = known.get(name);
    if (found !== undefined && Date.now() < found.until) return found;
    const judged = await judgement(parts, connection, token);
    if (known.size >= cacheSize) known.delete(known.keys().next().value ?? '');
    known.set(name, judged);
    return judged;
  };
  return async (token, request) => {
    const { actor, thumbprint } = await judge(token);
    if (thumbprint !== undefined) {
      const certificate = clientCertificate(parts.certificateOf, request);
      if (certificate === undefined || !isThumbprintOf(thumbprint, certificate)) {
        throw unauthorized('The access token is bound to another client certificate');
      }
    }
    return actor;
  };
}

async function judgement(
  parts: PscApiParts,
  connection: () => Promise<PscConnection>,
  token: string,
): Promise<Known> {
  const { psc, clients, tenant, validation } = parts;
  // Nobody is asked about what does not even say that it comes from there.
  if (claimedIssuer(token) !== psc.issuer) throw unauthorized('The access token is of another issuer');
  let claims: Claims | undefined;
  let userInfo: Claims;
  try {
    const opened = await connection();
    claims = await (validation === 'keys' ? verified(opened, token) : introspected(opened, token));
    if (claims === undefined || !isForUs(claims, psc, clients))
      throw unauthorized('The access token is not taken here');
    userInfo = await fetchUserInfo(opened.configuration, token, String(claims['sub']));
  } catch (error) {
    if (refusalOf(error) !== 'unavailable') throw unauthorized('The access token does not verify');
    throw fhirError(503, 'transient', 'Pro Santé Connect is not available', undefined, {
      'Retry-After': '30',
    });
  }
  const professional = readProfessional({ ...claims, ...userInfo });
  const entry = await enter(parts, tenant, professional, psc.issuer);
  if (entry.outcome === 'refused') throw fhirError(403, 'forbidden', 'This professional may not enter here');
  const activity = entry.activities.find(({ role }) => role !== undefined);
  const { sub, azp, jti } = claims;
  return {
    actor: {
      kind: 'professional',
      tenant,
      subject: { issuer: psc.issuer, value: String(sub) },
      fhirUser: entry.practitioner,
      ...(activity?.organization === undefined ? {} : { organization: activity.organization }),
      clientId: String(azp),
      roles: activity?.role === undefined ? [] : [activity.role],
      context: {},
      ...(typeof jti === 'string' ? { tokenReference: jti } : {}),
    },
    thumbprint: thumbprintOf(claims),
    until: Math.min(Number(claims['exp']) * 1000, Date.now() + cacheTime),
  };
}

function claimedIssuer(token: string): unknown {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

async function verified({ configuration, keys }: PscConnection, token: string): Promise<Claims> {
  const { payload } = await jwtVerify(token, keys, {
    algorithms: [signingAlgorithm],
    issuer: configuration.serverMetadata().issuer,
    clockTolerance: clockToleranceSeconds,
    requiredClaims: ['exp', 'sub'],
  });
  return payload;
}

async function introspected({ configuration }: PscConnection, token: string): Promise<Claims | undefined> {
  const answer = await tokenIntrospection(configuration, token);
  return answer.active ? answer : undefined;
}

/** An ID token or a refresh token of the same issuer is not one of access. */
function isForUs(
  claims: Claims,
  { issuer, leastAssurance }: PscSettings,
  clients: readonly string[],
): boolean {
  const { iss, typ, azp, sub, acr } = claims;
  return (
    iss === issuer &&
    typ === 'Bearer' &&
    typeof sub === 'string' &&
    typeof azp === 'string' &&
    clients.includes(azp) &&
    (assuranceOf(acr) ?? 1) >= leastAssurance
  );
}

function thumbprintOf({ cnf }: Claims): string | undefined {
  if (typeof cnf !== 'object' || cnf === null) return undefined;
  // A confirmation of another kind is not one that can be checked here: it then fits no certificate.
  const thumbprint: unknown = (cnf as Claims)['x5t#S256'];
  return typeof thumbprint === 'string' ? thumbprint : '';
}

/** In the form of RFC 8705, or in that of the ANS: base64 of the hexadecimal digest. */
function isThumbprintOf(thumbprint: string, certificate: X509Certificate): boolean {
  const standard = certificateThumbprint(certificate);
  const hexadecimal = Buffer.from(standard, 'base64url').toString('hex');
  const ofTheAns = Buffer.from(hexadecimal).toString('base64');
  return [standard, ofTheAns].some((each) => isSame(each, thumbprint));
}

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

function unauthorized(diagnostics: string): FhirError {
  return fhirError(401, 'login', diagnostics, undefined, {
    'WWW-Authenticate': `Bearer realm="fhir", error="invalid_token", error_description="${diagnostics}"`,
  });
}
