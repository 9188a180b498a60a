import type { Router } from 'express';
import type { Spine } from '../interactions/spine.ts';
import { facadeRoutes } from './facade/routes.ts';
import type { IdentityPolicy } from './identity-policy.ts';
import { insValidateOperation } from './ins-validate.ts';
import { createInsiClient } from './insi/client.ts';
import type { InsiPort } from './insi/port.ts';
import type { InsiSettings } from './insi/settings.ts';
import { verifyInsOperation } from './verify-ins/operation.ts';
import { createVerificationTasks } from './verify-ins/tasks.ts';

export interface InsOptions {
  policy: IdentityPolicy;
  /** Absent: INSi is not called, and `$verify-ins` is not offered. */
  insi?: InsiSettings;
  /** Milliseconds between two attempts at a verification that waits for INSi. */
  retry: number;
  /** The tenant of the facade's routes, and those whose waiting verifications are worked on. */
  tenant: string;
  onFailure(error: unknown): void;
}

/** The INS on a running server. */
export interface InsCapability {
  /** The routes of the facade; absent where INSi is not called. */
  routes?: Router;
  start(): void;
  stop(): Promise<void>;
}

/** Attempts, waits and time-outs of one call end well within this many of its time-outs. */
const leaseTimeouts = 5;

/** Registers the operations of the INS on a spine, and what works on waiting verifications. */
export function addIns(spine: Spine, { policy, insi, retry, tenant, onFailure }: InsOptions): InsCapability {
  spine.operations.register(insValidateOperation(spine));
  if (insi === undefined) return { start: () => undefined, stop: async () => undefined };
  const port: InsiPort = createInsiClient(insi);
  const { product, version, instance } = insi.software;
  const parts = { spine, insi: port, policy, software: `${product} ${version} (${instance})` };
  const timing = { retry, lease: leaseTimeouts * (insi.limits?.timeoutMs ?? 60_000) };
  const tasks = createVerificationTasks(parts, [tenant], timing, onFailure);
  spine.operations.register(verifyInsOperation(parts, tasks));
  return {
    routes: facadeRoutes(parts, tasks, tenant),
    start: () => tasks.start(),
    async stop() {
      await tasks.stop();
      port.close();
    },
  };
}
