import { nothing } from './node.ts';
import { collectionPlan, type Plan, truthPlan } from './plan.ts';
import { type SystemType, system, type TypeInfo, type Types } from './types.ts';

/**
 * Whether values of a type are of the type of a name. The System types take in the FHIR primitives that convert into them,
 * as R4's own constraints have it (`answer is Boolean`).
 */
export function isOfType(type: TypeInfo, name: string): boolean {
  if (type.kind === 'system') return name === type.name || name === `System.${type.name}`;
  return type.ancestors.has(name) || (type.system !== undefined && type.system === name);
}

/** The values of a type: `ofType`, and `as` on whatever number of values. */
export function ofTypePlan(operand: Plan, name: string, definedTypes: Types): Plan {
  const asked = definedTypes.named(name) ?? system[name.replace('System.', '') as SystemType];
  const known = operand.types?.filter((type) => isOfType(type, name)) ?? [];
  const types = known.length > 0 ? known : asked.isAbstract ? undefined : [asked];
  return collectionPlan(types, (focus, scope) => {
    const nodes = operand.nodes(focus, scope);
    if (nodes.length === 0) return nothing;
    scope.spend(nodes.length);
    return nodes.every(({ type }) => isOfType(type, name))
      ? nodes
      : nodes.filter(({ type }) => isOfType(type, name));
  });
}

/** `is`: nothing for nothing, false for several values. */
export function typeTestPlan(operand: Plan, name: string): Plan {
  return truthPlan((focus, scope) => {
    const nodes = operand.nodes(focus, scope);
    const [node] = nodes;
    return node === undefined ? undefined : nodes.length === 1 && isOfType(node.type, name);
  });
}
