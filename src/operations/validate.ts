import { FhirError, fhirError, type Issue, operationOutcome } from '../fhir/error.ts';
import { parseJson } from '../fhir/json.ts';
import type { Resource } from '../fhir/resource.ts';
import type { Operation, OperationInvocation, OperationParameter } from '../interactions/operation.ts';
import { GivenParameters } from '../interactions/operation-parameters.ts';
import { prepareDelete, preparePut } from '../interactions/preparation.ts';
import { jsonBody, visibleBody } from '../interactions/presentation.ts';
import { checkPolicies } from '../interactions/reference-policy.ts';
import type { Spine } from '../interactions/spine.ts';
import type { Change, ResourceStore, StoredVersion } from '../store/contract.ts';
import { currentVersion } from './stored-version.ts';

const modes = ['create', 'update', 'delete', 'profile'] as const;
type Mode = (typeof modes)[number];

const baseProfiles = 'http://hl7.org/fhir/StructureDefinition/';

/**
 * `[type]/$validate` and `[type]/[id]/$validate` (R4 resource-operation-validate): the structure by the R4
 * definitions and the rules of the type. `create` and `update` tell what that write would be refused for, `delete`
 * whether there is something to delete. `profile` names one to check against; those that are not the base
 * definitions of R4 are not checked, which a warning says. The answer is 200 with an OperationOutcome, whatever is
 * found; other statuses mean that nothing was checked.
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
      const refused = issues.some(({ severity }) => severity === 'error' || severity === 'fatal');
      const outcome = operationOutcome(refused ? issues : [...issues, allIsWell]);
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
  const given = new GivenParameters('validate', parameters, { resource: 1, mode: 1, profile: 1 });
  const mode = readMode(given);
  const profile = given.text('profile', 'uri', 'canonical');
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
  if (mode === 'profile' && profile === undefined) {
    const { expression } = given.one('mode')!;
    throw fhirError(400, 'required', 'The mode profile needs the parameter profile', expression);
  }
  const { store } = request.access;
  const current = atInstance ? await store.read(type, id) : undefined;
  if (mode === 'delete') return deleteIssues(spine, store, current);
  const subject = resource ?? storedResource(spine, type, id, current, mode);
  return [
    ...(await contentIssues(spine, store, { type, id, mode, current, resource: subject })),
    ...profileIssues(spine, subject, profile),
  ];
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

async function contentIssues(
  spine: Spine,
  store: ResourceStore,
  { type, id, mode, current, resource }: Subject,
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
    default: {
      const issues = spine.validator.validate(resource);
      const sound = issues.every(({ severity }) => severity !== 'error' && severity !== 'fatal');
      // The rules read a resource whose structure holds.
      return sound ? [...issues, ...(spine.rules.get(type)?.check?.(resource) ?? [])] : issues;
    }
  }
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

function profileIssues(spine: Spine, resource: Resource, asked: string | undefined): Issue[] {
  const { meta, resourceType } = resource;
  const declared = Array.isArray(meta?.profile) ? meta.profile.filter((url) => typeof url === 'string') : [];
  const profiles = new Set(asked === undefined ? declared : [asked, ...declared]);
  return [...profiles].flatMap((profile): Issue[] => {
    const [url = ''] = profile.split('|');
    const base = url.startsWith(baseProfiles) ? url.slice(baseProfiles.length) : '';
    if (base === resourceType || base === 'DomainResource' || base === 'Resource') return [];
    if (spine.resourceTypes.has(base)) {
      const diagnostics = `A ${resourceType} does not hold to the base definition of ${base}`;
      return [{ severity: 'error', code: 'structure', diagnostics, expression: resourceType }];
    }
    const diagnostics = `The profile ${profile} is not known to this server: it was not checked`;
    return [
      { severity: 'warning', code: 'not-found', diagnostics, expression: `${resourceType}.meta.profile` },
    ];
  });
}
