import { type FhirError, fhirError } from '../fhir/error.ts';
import type { Action } from '../interactions/access.ts';
import type { Expression } from '../search/expression.ts';
import type { Change, ResourceStore, StoredVersion } from '../store/contract.ts';
import { isEverything, isNothing } from './filters.ts';
import type { Grants } from './grants.ts';
import type { Judge } from './judge.ts';
import type { Visibility } from './visibility.ts';

/** Judges what an actor wants to write, by what is there and by what it would become. */
export class CommitCheck {
  readonly #store: ResourceStore;
  readonly #grants: Grants;
  readonly #judge: Judge;
  readonly #visibility: Visibility;

  constructor(store: ResourceStore, grants: Grants, judge: Judge, visibility: Visibility) {
    this.#store = store;
    this.#grants = grants;
    this.#judge = judge;
    this.#visibility = visibility;
  }

  /**
   * @throws FhirError 404 on a change of what the actor may not see, 403 on any other that is not granted: an update
   *   must start and end within what is
   */
  async check(change: Change): Promise<void> {
    const { type } = change;
    // The server's own record of what is done; the interaction that would create one was checked when it began.
    if (type === 'AuditEvent' && change.kind === 'put' && change.method === 'POST') return;
    const action = actionOf(change);
    const filter = this.#grants.filter(type, action);
    if (isNothing(filter)) throw this.#grants.refusal(action, type);
    if (isEverything(filter)) return;
    const current = await this.#store.read(type, change.id);
    if (current !== undefined) await this.#checkBefore(filter, current);
    else if (action === 'u' && this.#grants.isConfined) throw notKnown(change);
    if (change.kind === 'put' && !this.#judge(filter, change)) throw outside();
  }

  async #checkBefore(filter: Expression, current: StoredVersion): Promise<void> {
    if (!(await this.#visibility.sees(current))) throw notKnown(current);
    if (!current.deleted && !this.#judge(filter, current)) throw outside();
  }
}

function actionOf(change: Change): Action {
  if (change.kind !== 'put') return 'd';
  return change.method === 'POST' ? 'c' : 'u';
}

function notKnown({ type, id }: { type: string; id: string }): FhirError {
  return fhirError(404, 'not-found', `${type}/${id} is not known`);
}

function outside(): FhirError {
  const diagnostics = 'The resource is, or would be, outside of what the caller may write';
  return fhirError(403, 'forbidden', diagnostics);
}
