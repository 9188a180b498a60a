import type { Resource } from '../fhir/resource.ts';
import type { Check } from './context.ts';
import { isObject } from './objects.ts';

/** A resource, checked by the rules of the type that it names; it is the container of what it contains. */
export function resourceCheck(checkOfType: (type: string) => Check | undefined): Check {
  const check = namedTypeCheck(checkOfType);
  return (value, context) => {
    const outer = context.container;
    if (isObject(value)) context.container = value as Resource;
    check(value, context);
    context.container = outer;
  };
}

/** A contained resource: it has an id and contains none itself (references.html#contained). */
export function containedResourceCheck(checkOfType: (type: string) => Check | undefined): Check {
  const check = namedTypeCheck(checkOfType);
  return (value, context) => {
    check(value, context);
    if (!isObject(value)) return;
    const { id, contained } = value;
    if (id === undefined) context.reportAt('id', 'required', 'A contained resource has an id');
    if (contained !== undefined) {
      context.reportAt('contained', 'invariant', 'A contained resource has no contained resources', {
        type: 'DomainResource',
        key: 'dom-2',
      });
    }
  };
}

function namedTypeCheck(checkOfType: (type: string) => Check | undefined): Check {
  return (value, context) => {
    if (!isObject(value)) {
      context.report('structure', 'A resource is expected');
      return;
    }
    const { resourceType } = value;
    const check = typeof resourceType === 'string' ? checkOfType(resourceType) : undefined;
    if (resourceType === undefined)
      context.reportAt('resourceType', 'required', 'The resource type is required');
    else if (check === undefined) {
      context.reportAt('resourceType', 'not-supported', 'R4 has no resource type of this name');
    } else {
      const outer = context.resourceType;
      context.resourceType = String(resourceType);
      check(value, context);
      context.resourceType = outer;
    }
  };
}
