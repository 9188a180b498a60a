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
  /** Those whose waiting verifications are worked on. */
  tenants: readonly string[];
  /** Told of what no layer expected, and why INSi refuses this installation; no identity data. */
  onFailure(error: unknown): void;
}

/** The INS on a running server. */
export interface InsCapability {
  /** The routes of the facade; absent where INSi is not called. */
  routes?: Router;
  start(): void;
  stop(): Promise<void>;
}

/** A Task in progress for this many time-outs of a call was left by a server that is gone. */
const leaseTimeouts = 5;

/** Registers the operations of the INS on a spine, and what works on waiting verifications. */
export function addIns(spine: Spine, { policy, insi, retry, tenants, onFailure }: InsOptions): InsCapability {
  spine.operations.register(insValidateOperation(spine));
  if (insi === undefined) return { start: () => undefined, stop: async () => undefined };
  const port: InsiPort = createInsiClient(insi);
  const parts = { spine, insi: port, policy, software: insi.software, onFailure };
  const timing = { retry, lease: leaseTimeouts * (insi.limits?.timeoutMs ?? 60_000) };
  const tasks = createVerificationTasks(parts, tenants, timing);
  spine.operations.register(verifyInsOperation(parts, tasks));
  return {
    routes: facadeRoutes(parts, tasks),
    start: () => tasks.start(),
    async stop() {
      const ended = tasks.stop();
      // A Task under way then waits for the next start instead of for INSi.
      port.close();
      await ended;
    },
  };
}
