import { isLoopback } from './consistency.ts';
import type { Settings } from './settings-table.ts';

/** What to tell whoever starts a server on which nobody logs in; `undefined` where everybody has to. */
export function demonstrationNotice({ AUTH, HOST }: Pick<Settings, 'AUTH' | 'HOST'>): string | undefined {
  if (AUTH === 'on') return undefined;
  const reach = isLoopback(HOST)
    ? 'every program of this machine reads and changes everything'
    : 'whoever reaches this machine on the network reads and changes everything';
  return `Demonstration: callers need no login, and ${reach}. It is not for data of real patients (AUTH=on asks for logins).`;
}
