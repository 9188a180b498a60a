import { parseJson } from '../../fhir/json.ts';
import { isId } from '../../fhir/reference.ts';
import type { Resource } from '../../fhir/resource.ts';
import { perform } from '../../interactions/perform.ts';
import type { FhirRequest } from '../../interactions/request.ts';
import type { Spine } from '../../interactions/spine.ts';
import { writeOf } from '../../interactions/write-of.ts';
import { scalarText } from './element-filter.ts';
import type { SelectedField } from './fields.ts';
import { refusal } from './query-error.ts';
import type { Field } from './types.ts';

/**
 * Runs a mutation (graphql.html#mutations) as the write of the API that it stands for.
 * @returns the resource as it was stored and may be seen; undefined for a deletion
 * @throws FhirError as the write does
 */
export async function mutate(
  { spine, request }: { spine: Spine; request: FhirRequest },
  selected: SelectedField,
  { kind, type }: Field & { kind: 'create' | 'update' | 'delete' },
): Promise<Resource | undefined> {
  const headers = { prefer: 'return=representation' };
  const common = { access: request.access, baseUrl: request.baseUrl, query: [], headers };
  const write = writeOf(spine, {
    ...common,
    method: { create: 'POST' as const, update: 'PUT' as const, delete: 'DELETE' as const }[kind],
    path: kind === 'create' ? [type] : [type, idOf(selected)],
    ...(kind === 'delete' ? {} : { body: resourceOf(selected, type) }),
  });
  if (write === undefined) throw refusal(selected.node, 'There is no such mutation');
  const { body } = await perform(spine, write.read());
  return kind === 'delete' || body === undefined ? undefined : (parseJson(body) as Resource);
}

function resourceOf({ arguments: { res }, node }: SelectedField, type: string): Resource {
  if (typeof res !== 'object' || Array.isArray(res)) {
    throw refusal(node, 'The mutation takes the argument res, a resource', 'required');
  }
  return { resourceType: type, ...res } as Resource;
}

function idOf({ arguments: { id }, node }: SelectedField): string {
  const text = scalarText(id);
  if (text === undefined || !isId(text)) {
    throw refusal(node, 'The mutation takes the argument id, the id of a resource', 'required');
  }
  return text;
}
