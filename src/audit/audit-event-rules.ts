import type { Coding } from 'fhir/r4.d.ts';
import type { Issue } from '../fhir/error.ts';
import type { Resource } from '../fhir/resource.ts';
import type { ResourceRules } from '../interactions/rules.ts';
import { trailSystem } from './seals/seal.ts';

/** What events must not say that this server did not make itself: they would pass for its own records of the trail. */
export const auditEventRules: ResourceRules = {
  check: (resource: Resource): Issue[] => {
    if ((resource['type'] as Coding).system !== trailSystem) return [];
    const diagnostics = 'Only the server itself seals its audit trail, and tells what of it has expired';
    return [{ severity: 'error', code: 'business-rule', diagnostics, expression: 'AuditEvent.type' }];
  },
};
