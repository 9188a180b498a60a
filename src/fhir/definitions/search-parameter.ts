import type { SearchParameter } from 'fhir/r4.d.ts';
import { withoutVersion } from '../reference.ts';
import type { SearchParameterDefinition } from './model.ts';

/** What a server needs of a SearchParameter resource; the definitions of components are without their version. */
export function searchParameterDefinition(resource: SearchParameter): SearchParameterDefinition {
  const { url, code, type, base, expression, target, component, description } = resource;
  return {
    url,
    code,
    type,
    base,
    ...(expression && { expression }),
    ...(target && { target }),
    ...(component && {
      components: component.map((part) => ({
        definition: withoutVersion(part.definition),
        expression: part.expression,
      })),
    }),
    ...(description && { description }),
  };
}
