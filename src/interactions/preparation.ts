import { FhirError, fhirError, type Issue } from '../fhir/error.ts';
import type { Meta, Resource } from '../fhir/resource.ts';
import { ended } from '../fhir/steps.ts';
import type { Conflict, DeleteChange, PutChange, StoredVersion, WriteMethod } from '../store/contract.ts';
import type { CheckMeans } from '../validation/write/write-validation.ts';
import type { Access } from './access.ts';
import { containedResources } from './contained.ts';
import { inStep, isLarge, paced } from './pacer.ts';
import { preferences } from './preconditions.ts';
import { type FhirRequest, sentTextOf } from './request.ts';
import type { Spine } from './spine.ts';

/** A write that is ready to be committed, and the version that it will have made. */
export interface PreparedPut {
  change: PutChange;
  version: StoredVersion;
  /** What the checks said without refusing. */
  warnings: Issue[];
}

export interface PutInput {
  resource: Resource;
  id: string;
  /** The version to replace; a tombstone counts, `undefined` when the id was never used. */
  current: StoredVersion | undefined;
  method: WriteMethod;
  /** Milliseconds since 1970 UTC. */
  now: number;
  /** Who writes; absent for what an operation of the server writes, which the levels of validation do not bind. */
  by?: Pick<Access, 'tenant'>;
  /** What rules and profiles are checked with: what `meansOfWrites` brought for it. */
  means?: CheckMeans | undefined;
  /** Whether what the checks say without refusing is read by anybody; so it is unless told. */
  wantsWarnings?: boolean;
  /** What JSON.stringify of `resource` gives, where that is known. */
  compact?: string | undefined;
}

/**
 * Makes a resource ready to be stored: completed by the rules of its type, given its id and meta, checked,
 * indexed and serialised as it will be sent.
 * @throws FhirError 422 with every issue of severity error, and the warnings found beside them
 */
export function preparePut(spine: Spine, input: PutInput): PreparedPut {
  return ended(putSteps(spine, input));
}

/**
 * The same for the resource of a request, in step with other requests that came with it; where the resource may be large,
 * with pauses in which others work.
 */
export function preparePutOf(spine: Spine, request: FhirRequest, input: PutInput): Promise<PreparedPut> {
  // Of an entry of a bundle, and of what a patch is applied to, nothing tells how large it is.
  const isSmall = request.source !== undefined && !isLarge(request);
  // What refuses a large resource would be found by going through it twice.
  const wantsWarnings = !isSmall || preferences(request.headers.prefer).return === 'OperationOutcome';
  const steps = putSteps(spine, { ...input, wantsWarnings, compact: sentTextOf(request, input.resource) });
  return isSmall ? paced(steps, inStep) : paced(steps);
}

function* putSteps(
  spine: Spine,
  { resource, id, current, method, now, by, means, wantsWarnings = true, compact }: PutInput,
): Generator<void, PreparedPut> {
  const rules = spine.rules.get(resource.resourceType);
  const replaces = current !== undefined && !current.deleted;
  const completed = replaces && rules?.complete ? rules.complete(resource, current) : resource;
  const version = (current?.version ?? 0) + 1;
  const lastUpdated = Math.max(now, (current?.lastUpdated ?? 0) + 1);
  const stored = withMeta(completed, id, version, lastUpdated);

  const issues = spine.validator.validate(stored);
  yield;
  // The rules read a resource whose structure holds.
  if (!issues.some(refuses)) issues.push(...ownIssues(spine, stored, by?.tenant));
  if (!issues.some(refuses) && by !== undefined && means !== undefined)
    issues.push(...spine.validation.writes.check(stored, by.tenant, means, wantsWarnings));
  if (issues.some(refuses)) throw new FhirError(422, issues);
  yield;

  const isAsSent = compact !== undefined && completed === resource;
  const body = (isAsSent ? withHeadOf(stored, resource, compact) : undefined) ?? JSON.stringify(stored);
  const restricted = rules?.restricted?.(stored) ?? false;
  const contained = containedResources(spine, stored);
  const identityKeys = rules?.identityKeys?.(stored) ?? [];
  yield;
  const key = { type: resource.resourceType, id, version, lastUpdated, method };
  return {
    change: {
      kind: 'put',
      ...key,
      expectedVersion: current?.version ?? 0,
      ...(current === undefined ? {} : { expectedLastUpdated: current.lastUpdated }),
      body,
      restricted,
      index: spine.extract(stored),
      ...(identityKeys.length === 0 ? {} : { identityKeys }),
      ...(contained.length === 0 ? {} : { contained }),
    },
    version: { ...key, deleted: false, restricted, body: Buffer.from(body) },
    warnings: issues,
  };
}

/**
 * What the rules of a type on this server say of a resource whose structure holds.
 * @param tenant of the caller; absent for what an operation of the server writes
 */
export function ownIssues(spine: Spine, resource: Resource, tenant: string | undefined): readonly Issue[] {
  const { resourceType } = resource;
  const issues = spine.rules.get(resourceType)?.check?.(resource) ?? [];
  return tenant === undefined ? issues : spine.validation.writes.tolerated(issues, tenant, resourceType);
}

/** The deletion of a current version. */
export function prepareDelete(current: StoredVersion, now: number): DeleteChange {
  return {
    kind: 'delete',
    type: current.type,
    id: current.id,
    version: current.version + 1,
    expectedVersion: current.version,
    lastUpdated: Math.max(now, current.lastUpdated + 1),
    method: 'DELETE',
  };
}

/**
 * The resource of a request body.
 * @throws FhirError 400 when there is none, or when it is not of the type of the URL
 */
export function resourceOf(request: FhirRequest, type: string): Resource {
  if (request.body === undefined) {
    throw fhirError(400, 'required', `The body must hold a ${type} resource`);
  }
  if (request.body.resourceType !== type) {
    throw fhirError(400, 'invalid', `The body must hold a ${type} resource, as the URL says`, 'resourceType');
  }
  return request.body;
}

/** The refusal that a conflict on commit means to the caller. */
export function conflictError(conflict: Conflict): FhirError {
  switch (conflict.kind) {
    case 'version':
      return fhirError(
        409,
        'conflict',
        `Another write came first: the current version is ${conflict.currentVersion}`,
      );
    case 'identity':
      return fhirError(
        409,
        'duplicate',
        `${conflict.holder.type}/${conflict.holder.id} already holds an identifier that one resource alone may hold`,
      );
    case 'claim':
      return fhirError(
        412,
        'conflict',
        `${conflict.holder.type}/${conflict.holder.id} was written at the same time under the same condition`,
      );
  }
}

function withMeta(resource: Resource, id: string, version: number, lastUpdated: number): Resource {
  const { resourceType, id: _, meta, ...elements } = resource;
  // A meta that is not an object is left for the validator to refuse.
  const isObject = typeof meta === 'object' && meta !== null && !Array.isArray(meta);
  const stamped: Meta = {
    versionId: String(version),
    lastUpdated: new Date(lastUpdated).toISOString(),
  };
  if (isObject) {
    const { versionId: _versionId, lastUpdated: _lastUpdated, ...kept } = meta;
    Object.assign(stamped, kept);
  }
  return {
    resourceType,
    id,
    meta: meta === undefined || isObject ? stamped : meta,
    ...elements,
  };
}

/**
 * The JSON of a resource that has its own id and meta, and the other elements of the one that was sent.
 * @param compact the JSON of that one
 * @returns undefined when its id and meta do not come first
 */
function withHeadOf(
  { resourceType, id, meta }: Resource,
  sent: Resource,
  compact: string,
): string | undefined {
  const head = JSON.stringify({ resourceType: sent.resourceType, id: sent.id, meta: sent.meta }).slice(0, -1);
  if (!compact.startsWith(head)) return undefined;
  return JSON.stringify({ resourceType, id, meta }).slice(0, -1) + compact.slice(head.length);
}

function refuses(issue: Issue): boolean {
  return issue.severity === 'error' || issue.severity === 'fatal';
}
