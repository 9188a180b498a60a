import type { Issue } from '../../fhir/error.ts';
import type { Resource } from '../../fhir/resource.ts';
import type { ConformanceValidator } from '../profiles/conformance-validator.ts';
import type { ReferenceTargets } from '../profiles/rule-context.ts';
import { frenchProfiles } from './french-profiles.ts';
import { type WriteLevel, type WritePolicy, writeRule } from './write-policy.ts';

/** What resources of a tenant are checked by. */
export interface CheckMeans {
  validator: ConformanceValidator;
  /** Absent where the targets of references are not looked up. */
  targets?: ReferenceTargets;
}

/** What is found in a resource on write beyond its structure. */
export interface WriteValidation {
  /**
   * The profiles that a resource has to hold to beside those that it declares; undefined where no rule is checked, for
   * which nothing need be loaded. The structure of the resource may be wrong.
   */
  asked(resource: Resource, tenant: string): readonly string[] | undefined;
  /** Whether references to resources of this server are judged by these. */
  looksUpTargets(type: string, tenant: string): boolean;
  /**
   * Issues of severity error refuse the write. The structure of the resource must hold.
   * @param wantsWarnings false where nobody will read what refuses no write: it is told only beside what does, which is
   *   then looked for twice
   */
  check(resource: Resource, tenant: string, means: CheckMeans, wantsWarnings?: boolean): Issue[];
  /** Issues of the server's own rules for a type: those that data of partners may have are warnings where the policy says so. */
  tolerated(issues: readonly Issue[], tenant: string, type: string): readonly Issue[];
}

/** Validates what is written as a policy says. */
export function createWriteValidation(policy: WritePolicy): WriteValidation {
  const askedAt = (level: WriteLevel, resource: Resource) => {
    if (level === 'off' || (level === 'claimed' && !Array.isArray(resource.meta?.profile))) return undefined;
    return level === 'enforce' ? defaultProfiles(policy, resource) : [];
  };
  return {
    asked: (resource, tenant) => askedAt(writeRule(policy, tenant, resource.resourceType).level, resource),
    looksUpTargets: (type, tenant) => writeRule(policy, tenant, type).references === 'stored',
    check(resource, tenant, { validator, targets }, wantsWarnings = true) {
      const { level, asWarnings } = writeRule(policy, tenant, resource.resourceType);
      const profiles = askedAt(level, resource);
      if (profiles === undefined || (level === 'claimed' && !claimsProfile(resource, validator))) return [];
      if (asWarnings && !wantsWarnings) return [];
      const options = { profiles, declared: level !== 'base', targets };
      if (!wantsWarnings && validator.rules(resource, { ...options, onlyRefusals: true }).length === 0)
        return [];
      const issues = validator.rules(resource, options);
      return issues.map((issue) => (asWarnings || issue.refusesNoWrite ? asWarning(issue) : issue));
    },
    tolerated(issues, tenant, type) {
      if (issues.length === 0 || !writeRule(policy, tenant, type).asWarnings) return issues;
      return issues.map((issue) => (issue.mayBeTolerated ? asWarning(issue) : issue));
    },
  };
}

/** Whether a resource declares a profile that is known. */
function claimsProfile({ meta }: Resource, validator: ConformanceValidator): boolean {
  return meta?.profile?.some((profile) => validator.knows(profile)) === true;
}

function defaultProfiles({ profiles = {} }: WritePolicy, resource: Resource): readonly string[] {
  const own = Object.hasOwn(profiles, resource.resourceType) ? profiles[resource.resourceType] : undefined;
  return own ?? frenchProfiles(resource);
}

function asWarning(issue: Issue): Issue {
  return issue.severity === 'error' ? { ...issue, severity: 'warning' } : issue;
}
