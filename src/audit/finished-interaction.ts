import type { Done } from '../interactions/access.ts';
import type { RestKind } from './balp/rest-event.ts';
import type { Disclosed } from './disclosed.ts';
import type { Accessed } from './event-maker.ts';

/** The Patients that events of one interaction name at most. */
export const mostPatients = 1000;

const kinds: Readonly<Record<string, RestKind>> = {
  read: 'Read',
  vread: 'Read',
  create: 'Create',
  update: 'Update',
  patch: 'Update',
  delete: 'Delete',
};

/** Interactions that are recorded by what is in them, or disclose nothing that is kept here. */
const silent: ReadonlySet<string> = new Set(['batch', 'transaction', 'capabilities']);

const idFormat = /^[A-Za-z0-9\-.]{1,64}$/;

/**
 * What is recorded of an interaction at its end, beside the events of what it wrote: one event for each Patient that
 * its answer is about, one where it is about none. Beyond `mostPatients` the last event tells how many more there were.
 */
export function finishedInteraction(done: Done, disclosed: Disclosed): Accessed[] {
  const { code, operation, status } = done;
  const kind = kinds[code] ?? 'Query';
  if (status >= 400) return [failed(done, kind)];
  if (silent.has(code)) return [];
  const { last, patients, written } = disclosed;
  if (kind === 'Read' && last !== undefined) {
    const { type, id, version } = last;
    return byPatient({ kind, interaction: code, resource: { type, id, version }, outcome: '0' }, patients);
  }
  const isWrite = kind !== 'Query';
  if (isWrite && written > 0) return [];
  // A write that changed nothing, such as a conditional create that found its match, has looked all the same.
  const access: Accessed = { kind: 'Query', interaction: code, query: queryOf(done), outcome: '0' };
  if (operation !== undefined) access.operation = operation;
  const resource = resourceOf(done);
  if (resource !== undefined) access.resource = resource;
  return byPatient(access, patients);
}

function byPatient(access: Accessed, patients: ReadonlySet<string>): Accessed[] {
  if (patients.size === 0) return [access];
  const events: Accessed[] = [];
  for (const patient of patients) {
    if (events.length === mostPatients) {
      events.push({ ...access, outcomeDesc: `${patients.size - mostPatients} more patients` });
      break;
    }
    events.push({ ...access, patient });
  }
  return events;
}

function failed(done: Done, kind: RestKind): Accessed {
  const { code, operation, status, issue } = done;
  const resource = resourceOf(done);
  return {
    kind,
    ...(code === 'unknown' ? {} : { interaction: code }),
    ...(operation === undefined ? {} : { operation }),
    query: queryOf(done),
    ...(resource === undefined ? {} : { resource }),
    ...(resource?.type === 'Patient' ? { patient: resource.id } : {}),
    outcome: status < 500 ? '4' : '8',
    outcomeDesc: issue === undefined ? String(status) : `${status} ${issue}`,
  };
}

function resourceOf({ type, id }: Done) {
  return type !== undefined && id !== undefined && idFormat.test(id) ? { type, id } : undefined;
}

function queryOf({ received }: Done): string {
  return Buffer.from(received()).toString('base64');
}
