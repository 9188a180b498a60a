import type { Task } from 'fhir/r4.d.ts';
import { FhirError } from '../../fhir/error.ts';
import { parseJson } from '../../fhir/json.ts';
import type { Resource } from '../../fhir/resource.ts';
import type { Access } from '../../interactions/access.ts';
import { newId } from '../../interactions/identifiers.ts';
import { conflictError, preparePut } from '../../interactions/preparation.ts';
import type { FhirResponse } from '../../interactions/request.ts';
import type { Expression } from '../../search/expression.ts';
import type { Change, StoredVersion } from '../../store/contract.ts';
import { sealingKey } from '../sealed-text.ts';
import type { Check } from './check.ts';
import type { VerifyInsInput } from './input.ts';
import { isTransient } from './outcome.ts';
import { movedTask, readTask, taskCode, verificationTask } from './task-resource.ts';
import { type VerificationParts, verifyInstance } from './verification.ts';

/** Verifications that wait for INSi as Tasks, over restarts of the server. */
export interface VerificationTasks {
  /** Stores the request of a caller as a Task and answers 202 with its address; it is worked on at once. */
  accept(access: Access, patientId: string, input: VerifyInsInput): Promise<FhirResponse>;
  /** Starts to work on what waits, and looks again at each interval. */
  start(): void;
  /** Lets the Task under way end and starts no other. */
  stop(): Promise<void>;
}

export interface TaskTiming {
  /** Milliseconds between two attempts at a Task. */
  retry: number;
  /** Milliseconds after which a Task in progress counts as left by a server that is gone. */
  lease: number;
}

/** How many waiting Tasks one look takes. */
const lookSize = 100;

/** Works on the Tasks of these tenants; after a failure that no layer expected a Task waits for the next look. */
export function createVerificationTasks(
  parts: VerificationParts,
  tenants: readonly string[],
  timing: TaskTiming,
): VerificationTasks {
  const { spine, onFailure } = parts;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;
  let again = false;
  let stopped = false;

  async function look(): Promise<void> {
    for (const tenant of tenants) {
      for (const version of await waiting(tenant)) {
        if (stopped) return;
        const check = await attempt(tenant, version).catch(onFailure);
        // The other Tasks would meet the same.
        if (check && isCircuitOpen(check)) return;
      }
    }
  }

  /** Looks until nobody asked for a look during the last one. */
  async function work(): Promise<void> {
    try {
      do {
        again = false;
        await look();
      } while (again && !stopped);
    } catch (error) {
      onFailure(error);
    } finally {
      working = undefined;
    }
  }

  function wake(): void {
    again = true;
    if (!stopped) working ??= work();
  }

  async function waiting(tenant: string): Promise<StoredVersion[]> {
    const status = (code: string): Expression => ({ kind: 'token', parameter: 'status', code });
    const abandoned: Expression = {
      kind: 'and',
      operands: [
        status('in-progress'),
        { kind: 'lastUpdated', tests: [{ bound: 'low', operator: '<', value: Date.now() - timing.lease }] },
      ],
    };
    const expression: Expression = {
      kind: 'and',
      operands: [
        { kind: 'token', parameter: 'code', ...taskCode },
        { kind: 'or', operands: [status('requested'), abandoned] },
      ],
    };
    // The longest untouched first, so that one which fails again and again does not keep the others waiting.
    const sort = [{ parameter: '_lastUpdated', family: 'lastUpdated' as const, descending: false }];
    const query = { type: 'Task', expression, sort, count: lookSize };
    return (await spine.stores.forTenant(tenant).search(query)).matches;
  }

  /** Works on one Task; the answer is what came of INSi, `undefined` when it was not asked. */
  async function attempt(tenant: string, version: StoredVersion): Promise<Check | undefined> {
    const task = parseJson(version.body) as Task;
    const claim = putTask(movedTask(task, 'in-progress', undefined, Date.now()), version);
    const store = spine.stores.forTenant(tenant);
    // Another server that claims it first has it.
    if (!(await store.commit([claim.change])).ok) return undefined;
    try {
      const { patientId, input } = readTask(task, await sealingKey(spine.stores));
      const alongside = (check: Check): Change[] => [putTask(afterCheck(task, check), claim.version).change];
      return await verifyInstance(parts, { tenant, id: patientId, input, headers: {}, alongside });
    } catch (error) {
      // A Task that somebody else moved meanwhile stays as they left it.
      await store.commit([putTask(afterError(task, error), claim.version).change]);
      if (!(error instanceof FhirError)) throw error;
      return undefined;
    }
  }

  function putTask(task: Task, current: StoredVersion) {
    const resource = task as unknown as Resource;
    return preparePut(spine, { resource, id: current.id, current, method: 'PUT', now: Date.now() });
  }

  return {
    async accept({ tenant, user }, patientId, input) {
      const now = Date.now();
      const key = await sealingKey(spine.stores);
      const resource = verificationTask(patientId, user, input, key, now) as unknown as Resource;
      const { change, version } = preparePut(spine, {
        resource,
        id: newId(now),
        current: undefined,
        method: 'POST',
        now,
      });
      const result = await spine.stores.forTenant(tenant).commit([change]);
      if (!result.ok) throw conflictError(result.conflict);
      wake();
      const address = `${spine.baseUrl}/Task/${version.id}`;
      return { status: 202, location: address, headers: { 'Content-Location': address }, body: version.body };
    },
    start() {
      timer = setInterval(() => working ?? wake(), timing.retry);
      timer.unref();
      wake();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await working;
    },
  };
}

function isCircuitOpen(check: Check): boolean {
  if (check.kind === 'answered' || check.failure.outcome !== 'unavailable') return false;
  return check.failure.reason === 'circuit-open';
}

/** The Task after a refusal, which ends it, or after a race or a failure, which does not. */
function afterError(task: Task, error: unknown): Task {
  if (!(error instanceof FhirError)) return movedTask(task, 'requested', 'exception', Date.now());
  const raced = error.status === 409 && error.issues[0]?.code === 'conflict';
  return movedTask(task, raced ? 'requested' : 'failed', error.message, Date.now());
}

/** The Task after a check: answered, failed for good, or to be tried again. */
function afterCheck(task: Task, check: Check): Task {
  const now = Date.now();
  if (check.kind === 'failed') {
    const { outcome } = check.failure;
    return movedTask(task, isTransient(check.failure) ? 'requested' : 'failed', outcome, now);
  }
  const { outcome, decided, previous } = check;
  return {
    ...movedTask(task, 'completed', undefined, now),
    output: [
      { type: { text: 'outcome' }, valueCode: outcome },
      { type: { text: 'previousStatus' }, valueCode: previous.status },
      { type: { text: 'identityStatus' }, valueCode: decided.status },
    ],
  };
}
