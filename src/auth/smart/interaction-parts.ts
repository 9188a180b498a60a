import type { Provider } from 'oidc-provider';
import type { ExpiringStore } from '../../store/contract.ts';
import type { ClientRegistry } from '../clients/registry.ts';
import type { Accounts } from '../sessions/accounts.ts';
import type { LoginService } from '../sessions/login-service.ts';
import type { Logins } from '../sessions/logins.ts';
import type { Report } from './events.ts';
import type { GrantContexts } from './grant-context.ts';
import type { Launches } from './launches.ts';
import type { PatientDirectory } from './patient-choice.ts';
import type { RoleCeiling } from './role-ceiling.ts';

/** What the pages on which users log in and give their consent are made of. */
export interface InteractionParts {
  provider: Provider;
  /** Public URL without path. */
  origin: string;
  fhirBase: string;
  expiring: ExpiringStore;
  clients: ClientRegistry;
  accounts: Accounts;
  contexts: GrantContexts;
  launches: Launches;
  logins: Logins;
  login: LoginService;
  patients: PatientDirectory;
  ceiling: RoleCeiling;
  /** Signs the forms. */
  formKey: Buffer;
  report: Report;
}
