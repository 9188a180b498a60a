import { generateKeyPair, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';

const generate = promisify(generateKeyPair);

interface SigningKey {
  kid: string;
  publicKey: KeyObject;
  privateKey: KeyObject;
}

/** The RSA keys of the simulator: the newest signs, the one before it is still published. */
export interface SigningKeys {
  /** A JSON Web Token of these claims, signed with RS256. */
  sign(claims: string): Promise<string>;
  /** The public keys as a JSON Web Key Set (RFC 7517). */
  published(): Promise<{ keys: object[] }>;
  /** From now on another key signs. */
  rotate(): void;
}

/** Keys that are made at their first use: a server that nobody logs in to does not wait for them. */
export function createSigningKeys(): SigningKeys {
  let numbers = 2;
  let keys: Promise<SigningKey>[] | undefined;
  const current = () => {
    keys ??= [newKey(1), newKey(2)];
    return keys;
  };
  return {
    async sign(claims) {
      const { kid, privateKey } = await current().at(-1)!;
      const signed = `${part(JSON.stringify({ alg: 'RS256', typ: 'JWT', kid }))}.${part(claims)}`;
      return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
    },
    async published() {
      const all = await Promise.all(current());
      return {
        keys: all.map(({ kid, publicKey }) => ({
          ...publicKey.export({ format: 'jwk' }),
          kid,
          use: 'sig',
          alg: 'RS256',
        })),
      };
    },
    rotate() {
      numbers += 1;
      keys = [current().at(-1)!, newKey(numbers)];
    },
  };
}

/** One part of a JSON Web Token. */
export function part(json: string): string {
  return Buffer.from(json).toString('base64url');
}

async function newKey(number: number): Promise<SigningKey> {
  const pair = await generate('rsa', { modulusLength: 2048 });
  return { kid: `simulator-${number}`, ...pair };
}
