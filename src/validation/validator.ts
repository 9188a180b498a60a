import type { R4Definitions } from '../fhir/definitions/model.ts';
import type { Issue } from '../fhir/error.ts';
import type { Resource } from '../fhir/resource.ts';
import { CheckCompiler } from './compile.ts';
import { ValidationContext } from './context.ts';

export interface Validator {
  /**
   * The structural issues of a resource, in the order of the document and at most 100: none when it holds to the
   * R4 definitions.
   */
  validate(resource: Resource): Issue[];
}

/** A validator of these definitions; it compiles what it needs when it needs it, so keep one. */
export function createValidator(definitions: R4Definitions): Validator {
  const { resource: check } = new CheckCompiler(definitions);
  return {
    validate(resource) {
      const context = new ValidationContext(resource);
      // What comes from a request may be no object at all.
      const { resourceType } = (resource ?? {}) as Partial<Resource>;
      context.enter(
        typeof resourceType === 'string' && /^[A-Z]\w*$/.test(resourceType) ? resourceType : 'Resource',
      );
      check(resource, context);
      return context.issues;
    },
  };
}
