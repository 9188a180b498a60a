/**
 * Contained resources are searched under a type and an id of their own, which no resource of a request can have:
 * `Medication#` and `MedicationRequest/1#med`.
 */

/** The name under which contained resources of a type are kept. */
export function containedType(type: string): string {
  return `${type}#`;
}

export function isContainedType(type: string): boolean {
  return type.endsWith('#');
}

/** The resource type behind a name, of contained resources or not. */
export function plainType(type: string): string {
  return isContainedType(type) ? type.slice(0, -1) : type;
}

/** The id of a contained resource, which is also its address below the base. */
export function containedId(container: { type: string; id: string }, localId: string): string {
  return `${container.type}/${container.id}#${localId}`;
}

/** The resource that contains the one of this id. */
export function containerOf(id: string): { type: string; id: string } {
  const [type = '', container = ''] = id.split(/[/#]/, 2);
  return { type, id: container };
}
