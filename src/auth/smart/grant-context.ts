import type { Role } from '../../access/actor.ts';
import type { ExpiringStore } from '../../store/contract.ts';
import { nameOf } from '../sealed.ts';

/** The context of a launch (SMART App Launch 2.2, launch context), as an EHR or the user's choice gives it. */
export interface LaunchContext {
  /** Ids. */
  patient?: string;
  encounter?: string;
  fhirContext?: readonly { reference: string; role?: string }[];
  need_patient_banner?: boolean;
  intent?: string;
}

/** What a grant stands for beyond its scopes. */
export interface GrantContext extends LaunchContext {
  tenant: string;
  /** The FHIR base that the app works with. */
  fhirBase: string;
  /** The resource that stands for the user. */
  fhirUser: string;
  /** The role and the structure that the user acts in. */
  role?: Role;
  organization?: string;
}

/** The contexts of the grants, which oidc-provider has no place for. */
export interface GrantContexts {
  /** @param ttl milliseconds */
  save(grantId: string, context: GrantContext, ttl: number): Promise<void>;
  find(grantId: string): Promise<GrantContext | undefined>;
}

export function grantContexts(expiring: ExpiringStore): GrantContexts {
  const key = (grantId: string) => `oauth context ${nameOf(grantId)}`;
  return {
    save: (grantId, context, ttl) => expiring.put(key(grantId), JSON.stringify(context), ttl),
    async find(grantId) {
      const text = await expiring.get(key(grantId));
      return text === undefined ? undefined : (JSON.parse(text) as GrantContext);
    },
  };
}

/** The parameters that a token response has beside those of OAuth; a value that is absent is left out. */
export function launchParameters({
  patient,
  encounter,
  fhirContext,
  need_patient_banner,
  intent,
  tenant,
}: GrantContext): LaunchContext & { tenant: string } {
  return {
    tenant,
    ...(patient === undefined ? {} : { patient }),
    ...(encounter === undefined ? {} : { encounter }),
    ...(fhirContext === undefined ? {} : { fhirContext }),
    ...(need_patient_banner === undefined ? {} : { need_patient_banner }),
    ...(intent === undefined ? {} : { intent }),
  };
}
