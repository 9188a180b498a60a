import { FhirError, fhirError, type Issue } from '../fhir/error.ts';
import { parseJson } from '../fhir/json.ts';
import { withPositions } from '../fhir/locations/positions.ts';
import { outcomeFor } from '../fhir/messages/language.ts';
import type { Resource } from '../fhir/resource.ts';
import type { Access } from '../interactions/access.ts';
import { meansOfValidation, meansOfWrites } from '../interactions/check-means.ts';
import type { Operation, OperationInvocation, OperationParameter } from '../interactions/operation.ts';
import { GivenParameters, textOf } from '../interactions/operation-parameters.ts';
import { ownIssues, prepareDelete, preparePut } from '../interactions/preparation.ts';
import { jsonBody, visibleBody } from '../interactions/presentation.ts';
import { checkPolicies } from '../interactions/reference-policy.ts';
import type { Spine } from '../interactions/spine.ts';
import type { Change, ResourceStore, StoredVersion } from '../store/contract.ts';
import { currentVersion } from './stored-version.ts';

const modes = ['create', 'update', 'delete', 'profile'] as const;
type Mode = (typeof modes)[number];

/**
 * `[type]/$validate` and `[type]/[id]/$validate` (R4 resource-operation-validate): the structure and rules of R4, the
 * rules of the type on this server, the profiles that the resource declares and those that `profile` names, which may
 * be several. `create` and `update` tell as well what that write would be refused for, `delete` whether there is
 * something to delete. The answer is 200 with an OperationOutcome, whatever is found, in English or French by
 * Accept-Language; other statuses mean that nothing was checked.
 */
export function validateOperation(spine: Spine): Operation {
  return {
    code: 'validate',
    definition: 'http://hl7.org/fhir/OperationDefinition/Resource-validate',
    types: [...spine.resourceTypes],
    levels: { type: true, instance: true },
    affectsState: false,
    action: 'none',
    resourceParameter: 'resource',
    async run(invocation) {
      const issues = await validate(spine, invocation, invocation.type ?? '');
      const found = issues.some(refuses) ? issues : [...issues, allIsWell];
      const { outcome, headers } = outcomeFor(invocation.request.headers.acceptLanguage, found);
      return { status: 200, headers, body: jsonBody(outcome) };
    },
  };
}

const allIsWell: Issue = {
  severity: 'information',
  code: 'informational',
  diagnostics: 'No error was found: all is well',
};

async function validate(
  spine: Spine,
  { request, id, parameters }: OperationInvocation,
  type: string,
): Promise<readonly Issue[]> {
  const given = new GivenParameters('validate', parameters, { resource: 1, mode: 1, profile: '*' });
  const mode = readMode(given);
  const profiles = given.all('profile').map((profile) => textOf(profile, ['uri', 'canonical']));
  const resource = givenResource(given.one('resource'), type);
  const atInstance = id !== undefined;
  if ((mode === 'update' || mode === 'delete') && !atInstance) {
    const { expression } = given.one('mode')!;
    throw fhirError(
      400,
      'invalid',
      `The mode ${mode} is for an instance: ${type}/[id]/$validate`,
      expression,
    );
  }
  if (mode === 'profile' && profiles.length === 0) {
    const { expression } = given.one('mode')!;
    throw fhirError(400, 'required', 'The mode profile needs the parameter profile', expression);
  }
  const { access } = request;
  const { store } = access;
  const current = atInstance ? await store.read(type, id) : undefined;
  if (mode === 'delete') return deleteIssues(spine, store, current);
  const subject = resource ?? storedResource(spine, type, id, current, mode);
  const { validator, targets } = await meansOfValidation(spine, access, subject, profiles);
  const issues = validator.validate(subject, { profiles, targets });
  const others = await furtherIssues(spine, access, { type, id, mode, current, resource: subject }, issues);
  const all = withoutRepeated([...issues, ...others]);
  const { source } = request;
  if (resource === undefined || source === undefined) return all;
  const at = given.one('resource')?.expression;
  // The resource is the whole text, or stands in a parameter.
  const holder = at?.startsWith('Parameters') ? `${at}.resource` : undefined;
  return withPositions(all, source, (expression) =>
    holder === undefined ? expression : expression.replace(/^\w+/, holder),
  );
}

const nothingToDelete: Issue = {
  severity: 'error',
  code: 'not-found',
  diagnostics: 'There is no such resource to delete',
};

function readMode(given: GivenParameters): Mode | undefined {
  const text = given.text('mode', 'code');
  const mode = modes.find((known) => known === text);
  if (text !== undefined && mode === undefined) {
    const { expression } = given.one('mode')!;
    throw fhirError(400, 'value', `The mode must be one of ${modes.join(', ')}`, expression);
  }
  return mode;
}

function givenResource(parameter: OperationParameter | undefined, type: string): Resource | undefined {
  if (parameter === undefined) return undefined;
  const { resource, expression } = parameter;
  if (resource === undefined) throw fhirError(400, 'required', 'resource must hold a resource', expression);
  if (resource.resourceType !== type) {
    throw fhirError(400, 'invalid', `The resource must be a ${type}, as the URL says`, expression);
  }
  return resource;
}

/** Without a resource the stored one is validated, except as something new to write. */
function storedResource(
  spine: Spine,
  type: string,
  id: string | undefined,
  current: StoredVersion | undefined,
  mode: Mode | undefined,
): Resource {
  if (id === undefined || mode === 'create' || mode === 'update') {
    throw fhirError(400, 'required', 'The resource to validate is missing', 'Parameters.parameter');
  }
  return parseJson(visibleBody(spine, currentVersion(current, type, id))) as Resource;
}

interface Subject {
  type: string;
  id: string | undefined;
  mode: Mode | undefined;
  current: StoredVersion | undefined;
  resource: Resource;
}

/** What the server says of the resource beyond R4 and profiles. */
async function furtherIssues(
  spine: Spine,
  access: Access,
  { type, id, mode, current, resource }: Subject,
  found: readonly Issue[],
): Promise<readonly Issue[]> {
  switch (mode) {
    case 'create':
      return writeIssues(spine, access, resource, undefined);
    case 'update':
      if (resource.id !== id) {
        const diagnostics = 'The id of the resource must be the id of the URL';
        return [{ severity: 'error', code: 'value', diagnostics, expression: `${type}.id` }];
      }
      return writeIssues(spine, access, resource, current);
    default:
      // The rules read a resource whose structure holds.
      return found.some(refuses) && spine.validator.validate(resource).some(refuses)
        ? []
        : ownIssues(spine, resource, access.tenant);
  }
}

function refuses({ severity }: Issue): boolean {
  return severity === 'error' || severity === 'fatal';
}

/** The same may be found by the validation and by what a write would be refused for. */
function withoutRepeated(issues: readonly Issue[]): readonly Issue[] {
  const known = new Set<string>();
  return issues.filter(({ expression, diagnostics }) => {
    const key = `${expression}\n${diagnostics}`;
    return !known.has(key) && known.add(key);
  });
}

/** What a write would say, without the write. */
async function writeIssues(
  spine: Spine,
  access: Access,
  resource: Resource,
  current: StoredVersion | undefined,
): Promise<readonly Issue[]> {
  const method = current === undefined ? ('POST' as const) : ('PUT' as const);
  return refusalOf(async () => {
    const id = current?.id ?? 'new';
    const input = { resource, id, current, method, now: Date.now(), by: access };
    const pending = { key: { type: resource.resourceType, id }, resource, writes: true };
    const means = await meansOfWrites(spine, access, [pending]);
    const { change, warnings } = preparePut(spine, { ...input, means });
    await checkPlanned(spine, access.store, change, resource);
    return warnings;
  });
}

async function deleteIssues(
  spine: Spine,
  store: ResourceStore,
  current: StoredVersion | undefined,
): Promise<readonly Issue[]> {
  if (current === undefined || current.deleted) return [nothingToDelete];
  return refusalOf(async () => {
    await checkPlanned(spine, store, prepareDelete(current, Date.now()));
    return [];
  });
}

/** The policies of the server on references, for a change that is not committed. */
function checkPlanned(
  spine: Spine,
  store: ResourceStore,
  change: Change,
  resource?: Resource,
): Promise<void> {
  const plan = {
    changes: [change],
    answer: { status: 200 },
    ...(resource === undefined ? {} : { resource }),
  };
  return checkPolicies(spine, store, [plan], (error) => error);
}

/** The issues of a check that refuses by an error. */
async function refusalOf(check: () => Promise<readonly Issue[]>): Promise<readonly Issue[]> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof FhirError) return error.issues;
    throw error;
  }
}
