/** What the server is set to hold references to. */
export interface Policy {
  /** Whether one conditional delete may delete several matches. */
  conditionalDelete: 'single' | 'multiple';
  /** `exists`: a reference to this server must lead to a resource when it is written. */
  referenceCheck: 'off' | 'exists';
  /** `referenced`: a resource that others refer to cannot be deleted. */
  deleteProtection: 'off' | 'referenced';
  /** Whether AuditEvents are taken from clients; those that are there are never changed. */
  foreignAuditEvents: 'refuse' | 'accept';
}
