import type { SearchParameter } from 'fhir/r4.d.ts';
import { FhirError, type Issue } from '../fhir/error.ts';
import type { Resource } from '../fhir/resource.ts';
import type { ResourceRules } from '../interactions/rules.ts';
import type { Standing } from './standing.ts';

/**
 * The rules for SearchParameter resources: an active one must be one that this server can search by. In other states
 * (draft, retired, unknown) it is kept as it is and has no effect.
 * @param judge throws FhirError 422 when the server cannot take the parameter
 */
export function searchParameterRules(judge: (resource: SearchParameter) => Standing): ResourceRules {
  const standing = (resource: Resource): Standing | undefined => {
    const parameter = resource as unknown as SearchParameter;
    return parameter.status === 'active' ? judge(parameter) : undefined;
  };
  return {
    check(resource): Issue[] {
      try {
        standing(resource);
        return [];
      } catch (error) {
        if (error instanceof FhirError) return [...error.issues];
        throw error;
      }
    },
    /** One active resource for each URL, and for each code of a type. */
    identityKeys(resource): string[] {
      const found = standing(resource);
      if (found?.kind !== 'added') return [];
      const { definition, programs } = found.compiled;
      return [
        `SearchParameter.url|${definition.url}`,
        ...[...programs.keys()].map((type) => `SearchParameter.code|${type}|${definition.code}`),
      ];
    },
  };
}
