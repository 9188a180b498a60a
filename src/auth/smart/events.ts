import type { IncomingMessage } from 'node:http';
import type { Account } from '../sessions/accounts.ts';

/** What the log and the audit trail are told of: logins, consents and tokens, and their refusals. */
export type SmartEvent =
  | { kind: 'login'; outcome: 'identified'; account: Account }
  | { kind: 'login'; outcome: 'refused'; reason: string }
  | { kind: 'logout'; account: Account }
  | { kind: 'consent'; outcome: 'allowed' | 'denied'; account: Account; clientId: string; patient?: string }
  | { kind: 'launch'; clientId: string; hostId: string; tenant: string; patient?: string }
  /** `tenant`: that of the client */
  | { kind: 'token'; clientId: string; tenant: string; account?: Account; grant: string }
  /** `where`: the endpoint; `error`: the code sent; `detail`: the reason that the caller is not told. */
  | { kind: 'refused'; where: string; clientId?: string; tenant?: string; error: string; detail?: string }
  | { kind: 'failed'; where: string; error: unknown };

/** Takes an event, with the request that it came of. */
export type Report = (event: SmartEvent, request: IncomingMessage) => void;
