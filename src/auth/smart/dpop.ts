import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose';
import type { ExpiringStore } from '../../store/contract.ts';
import { nameOf } from '../sealed.ts';

/** The signatures of proofs that are taken, at the token endpoint and on the API alike. */
export const dpopAlgorithms = ['ES256', 'EdDSA', 'Ed25519'] as const;

/** Seconds that a proof may be old or ahead. */
const tolerance = 60;

export interface ProofCheck {
  /** The header `DPoP`. */
  proof: string | string[] | undefined;
  method: string;
  /** Absolute URL of the request, without query. */
  address: string;
  token: string;
  /** That of the key that the token is bound to (RFC 7638). */
  thumbprint: string;
}

/**
 * Checks the proof that who sends a token holds its key (RFC 9449 4.3); each proof is taken once.
 * @returns what is wrong with it, `undefined` when it is right
 */
export async function verifyProof(expiring: ExpiringStore, check: ProofCheck): Promise<string | undefined> {
  const { proof, method, address, token, thumbprint } = check;
  if (typeof proof !== 'string') return 'One DPoP proof is needed';
  let verified: Awaited<ReturnType<typeof jwtVerify>>;
  try {
    verified = await jwtVerify(proof, EmbeddedJWK, { algorithms: [...dpopAlgorithms], typ: 'dpop+jwt' });
  } catch {
    return 'The DPoP proof does not verify';
  }
  const { payload, protectedHeader } = verified;
  const { jti, iat, htm, htu, ath } = payload;
  const key = protectedHeader.jwk;
  if (key === undefined || (await calculateJwkThumbprint(key)) !== thumbprint)
    return 'The DPoP proof is of another key';
  if (htm !== method) return 'The DPoP proof is of another method';
  if (typeof htu !== 'string' || withoutQuery(htu) !== withoutQuery(address))
    return 'The DPoP proof is of another address';
  if (ath !== createHash('sha256').update(token).digest('base64url'))
    return 'The DPoP proof is of another access token';
  if (typeof iat !== 'number' || Math.abs(Date.now() / 1000 - iat) > tolerance)
    return 'The DPoP proof is not recent';
  if (typeof jti !== 'string' || jti === '') return 'The DPoP proof has no jti';
  const used = `oauth proof ${nameOf(`${thumbprint} ${jti}`)}`;
  const isFirst = await expiring.putIfAbsent(used, '1', 2 * tolerance * 1000);
  return isFirst ? undefined : 'The DPoP proof was used before';
}

function withoutQuery(text: string): string | undefined {
  const url = URL.parse(text);
  return url === null ? undefined : url.origin + url.pathname;
}
