import type { SmartScope } from './scopes.ts';

/** The roles of the access policy. A professional whose profession has none of them holds none, and is granted nothing. */
export const roles = ['admin', 'doctor', 'nurse', 'pharmacist', 'midwife', 'secretary', 'system'] as const;

export type Role = (typeof roles)[number];

/** Who asks, as far as deciding and auditing need it: it holds no name and no identity data. */
export interface Actor {
  /**
   * `open`: no login is needed here; `professional`; `patient`; `system`: a back end with its own key; `service`: the
   * server's own work.
   */
  kind: 'open' | 'professional' | 'patient' | 'system' | 'service';
  tenant: string;
  /** The issuer and the subject of the token. */
  subject?: { issuer: string; value: string };
  /** `Practitioner/id`, `Patient/id` or another resource that stands for the person. */
  fhirUser?: string;
  /** `Organization/id` for which the professional acts. */
  organization?: string;
  clientId?: string;
  roles: readonly Role[];
  /** The SMART scopes granted; absent where scopes limit nothing. */
  scopes?: readonly SmartScope[];
  /** The ids of the resources in whose context an app was launched. */
  context: { patient?: string; encounter?: string };
  /** The last 32 characters of an opaque token, or the `jti` of a signed one. */
  tokenReference?: string;
  /** The code of http://terminology.hl7.org/CodeSystem/v3-ActReason for which access was asked, such as `BTG`. */
  purposeOfUse?: string;
}
