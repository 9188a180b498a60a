import { randomBytes } from 'node:crypto';
import type { ExpiringStore } from '../../store/contract.ts';
import { nameOf, seal, unseal } from '../sealed.ts';
import type { LaunchContext } from './grant-context.ts';

/** Milliseconds that an app has to begin after an EHR launched it. */
const launchLifetime = 300_000;

/** An EHR launch that waits for its app. */
export interface Launch {
  clientId: string;
  tenant: string;
  context: LaunchContext;
  /** The account of the user of the EHR, when the EHR acts for one: nobody else may follow the launch. */
  accountId?: string;
}

/** EHR launches: each is used once. */
export interface Launches {
  /** @returns the value of the parameter `launch` */
  open(launch: Launch): Promise<string>;
  find(handle: string): Promise<Launch | undefined>;
  /** Of concurrent callers one alone gets it. */
  take(handle: string): Promise<Launch | undefined>;
}

export function launches(expiring: ExpiringStore): Launches {
  const key = (handle: string) => `oauth launch ${nameOf(handle)}`;
  const read = (handle: string, sealed: string | undefined) =>
    sealed === undefined ? undefined : (JSON.parse(unseal(handle, sealed)) as Launch);
  return {
    async open(launch) {
      const handle = randomBytes(24).toString('base64url');
      await expiring.put(key(handle), seal(handle, JSON.stringify(launch)), launchLifetime);
      return handle;
    },
    find: async (handle) => read(handle, await expiring.get(key(handle))),
    take: async (handle) => read(handle, await expiring.take(key(handle))),
  };
}
