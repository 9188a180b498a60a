import { FhirError, fhirError, type Issue, operationOutcome } from '../fhir/error.ts';
import { parseJson } from '../fhir/json.ts';
import { locate } from '../fhir/locations/locate.ts';
import type { Resource } from '../fhir/resource.ts';
import type { Operation, OperationInvocation, OperationParameter } from '../interactions/operation.ts';
import { GivenParameters, textOf } from '../interactions/operation-parameters.ts';
import { prepareDelete, preparePut } from '../interactions/preparation.ts';
import { jsonBody, visibleBody } from '../interactions/presentation.ts';
import { checkPolicies } from '../interactions/reference-policy.ts';
import type { FhirRequest } from '../interactions/request.ts';
import type { Spine } from '../interactions/spine.ts';
import type { Change, ResourceStore, StoredVersion } from '../store/contract.ts';
import { inLanguage, messageLanguage } from '../validation/messages/language.ts';
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
      const language = messageLanguage(invocation.request.headers.acceptLanguage);
      const outcome = operationOutcome(inLanguage(found, language));
      return { status: 200, body: jsonBody(outcome) };
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
  const { store } = request.access;
  const current = atInstance ? await store.read(type, id) : undefined;
  if (mode === 'delete') return deleteIssues(spine, store, current);
  const subject = resource ?? storedResource(spine, type, id, current, mode);
  const issues = spine.validation.profiles().validate(subject, { profiles });
  const others = await furtherIssues(spine, store, { type, id, mode, current, resource: subject }, issues);
  const all = withoutRepeated([...issues, ...others]);
  return resource === undefined ? all : withPositions(all, request, given.one('resource')?.expression);
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
  store: ResourceStore,
  { type, id, mode, current, resource }: Subject,
  found: readonly Issue[],
): Promise<readonly Issue[]> {
  switch (mode) {
    case 'create':
      return writeIssues(spine, store, resource, undefined);
    case 'update':
      if (resource.id !== id) {
        const diagnostics = 'The id of the resource must be the id of the URL';
        return [{ severity: 'error', code: 'value', diagnostics, expression: `${type}.id` }];
      }
      return writeIssues(spine, store, resource, current);
    default:
      // The rules read a resource whose structure holds.
      return found.some(refuses) && spine.validator.validate(resource).some(refuses)
        ? []
        : (spine.rules.get(type)?.check?.(resource) ?? []);
  }
}

function refuses({ severity }: Issue): boolean {
  return severity === 'error' || severity === 'fatal';
}

/**
 * Issues with the line and column of their elements in the text that was sent.
 * @param at where the resource stands in it: its type, or the parameter that holds it
 */
function withPositions(
  issues: readonly Issue[],
  { source }: FhirRequest,
  at: string | undefined,
): readonly Issue[] {
  if (source === undefined || issues.length === 0) return issues;
  const holder = at?.startsWith('Parameters') ? `${at}.resource` : undefined;
  const expressions = issues.map(({ expression = '' }) =>
    holder === undefined ? expression : expression.replace(/^\w+/, holder),
  );
  const locations = locate(source.bytes.toString('utf8'), source.format, expressions);
  return issues.map((issue, index) => {
    const position = locations[index];
    return position === undefined ? issue : { ...issue, position };
  });
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
  store: ResourceStore,
  resource: Resource,
  current: StoredVersion | undefined,
): Promise<readonly Issue[]> {
  const method = current === undefined ? ('POST' as const) : ('PUT' as const);
  return refusalOf(async () => {
    const id = current?.id ?? 'new';
    const { change, warnings } = preparePut(spine, { resource, id, current, method, now: Date.now() });
    await checkPlanned(spine, store, change, resource);
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
