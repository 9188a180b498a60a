import type { Issue } from '../../fhir/error.ts';
import type { Resource } from '../../fhir/resource.ts';
import type { ConformanceValidator } from '../profiles/conformance-validator.ts';
import { frenchProfiles } from './french-profiles.ts';
import { type WritePolicy, writeRule } from './write-policy.ts';

/** What is found in a resource on write beyond its structure. */
export interface WriteValidation {
  /** Issues of severity error refuse the write. The structure of the resource must hold. */
  check(resource: Resource, tenant: string): Issue[];
}

/**
 * Validates what is written as a policy says.
 * @param validator called when the first resource is to be validated
 */
export function createWriteValidation(
  policy: WritePolicy,
  validator: () => ConformanceValidator,
): WriteValidation {
  return {
    check(resource, tenant) {
      const { level, asWarnings } = writeRule(policy, tenant, resource.resourceType);
      if (level === 'off' || (level === 'claimed' && !claimsProfile(resource, validator))) return [];
      const profiles = level === 'enforce' ? defaultProfiles(policy, resource) : [];
      const issues = validator().rules(resource, { profiles, declared: level !== 'base' });
      return asWarnings ? issues.map(asWarning) : issues;
    },
  };
}

/** Whether a resource declares a profile that is known; most declare none, for which nothing need be loaded. */
function claimsProfile({ meta }: Resource, validator: () => ConformanceValidator): boolean {
  const declared = meta?.profile;
  return Array.isArray(declared) && declared.some((profile) => validator().knows(profile));
}

function defaultProfiles({ profiles = {} }: WritePolicy, resource: Resource): readonly string[] {
  const own = Object.hasOwn(profiles, resource.resourceType) ? profiles[resource.resourceType] : undefined;
  return own ?? frenchProfiles(resource);
}

function asWarning(issue: Issue): Issue {
  return issue.severity === 'error' ? { ...issue, severity: 'warning' } : issue;
}
