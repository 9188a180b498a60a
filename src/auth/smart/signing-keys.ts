import { generateKeyPair, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import type { JWK } from 'oidc-provider';
import type { ResourceStores } from '../../store/contract.ts';
import { records } from '../records.ts';
import { seal, unseal } from '../sealed.ts';

/**
 * The private keys that sign id_tokens (RS256), made once for a database and shared by its servers; they are kept
 * encrypted.
 */
export async function signingKeys(stores: Pick<ResourceStores, 'forTenant' | 'secret'>): Promise<JWK[]> {
  const secret = await stores.secret('oauth-signing-keys');
  const keys = records<string>(stores, 'signing-keys');
  // Another server may have made them meanwhile: then its keys are the keys.
  if ((await keys.read('current')) === undefined)
    await keys.create('current', seal(secret, JSON.stringify([await newKey()])));
  const found = await keys.read('current');
  if (found === undefined) throw new Error('The signing keys cannot be read');
  return JSON.parse(unseal(secret, found.value)) as JWK[];
}

async function newKey(): Promise<JWK> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' } as JWK;
}
