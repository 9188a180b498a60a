import { setTimeout as wait } from 'node:timers/promises';
import type { ClientSession, ObjectId } from 'mongodb';
import { referenceTo } from '../../fhir/reference.ts';
import type { Change, CommitResult } from '../contract.ts';
import type { Bodies } from './bodies.ts';
import { LostRace, writeSuccessions } from './commit-writes.ts';
import { type Creation, creationOf, writeCreation } from './creation.ts';
import type { Database } from './database.ts';
import { Deadline } from './deadline.ts';
import type { CurrentDocument } from './documents.ts';
import { isDuplicateKey, UnknownEnd } from './errors.ts';
import {
  claimConflict,
  claimWrites,
  holdersOf,
  identityConflict,
  identityWrites,
  wantedClaims,
  wantedIdentityKeys,
} from './holders.ts';
import type { Layout } from './layout.ts';
import { filesOf, type PreparedChange, prepareChanges } from './prepared-change.ts';
import { type Succession, successionProjection, successionsOf } from './succession.ts';
import { inTransaction } from './transaction.ts';

/** The longest pause before a commit that lost a race is tried again, in milliseconds. */
const longestPause = 200;

/** What an attempt came to: its answer, and the files that nothing refers to any more when it is done. */
interface Outcome {
  result: CommitResult;
  unused: ObjectId[];
}

/** Applies commits, each in one transaction. */
export class Committer {
  readonly #database: Database;
  readonly #layout: Layout;
  readonly #bodies: Bodies;

  constructor(database: Database, layout: Layout, bodies: Bodies) {
    this.#database = database;
    this.#layout = layout;
    this.#bodies = bodies;
  }

  /** Answers conflicts as values; what lost a race against another commit is tried again. */
  async commit(tenant: string, changes: readonly Change[]): Promise<CommitResult> {
    if (changes.length === 0) return { ok: true };
    const deadline = new Deadline(this.#database.limits.commit);
    return deadline.wait(this.#commit(tenant, changes, deadline));
  }

  async #commit(tenant: string, changes: readonly Change[], deadline: Deadline): Promise<CommitResult> {
    await this.#makeTypes(tenant, changes);
    const prepared = await prepareChanges(this.#bodies, changes);
    const { result, unused } = await this.#write(tenant, prepared, deadline);
    await this.#bodies.remove(unused);
    return result;
  }

  async #write(tenant: string, changes: readonly PreparedChange[], deadline: Deadline): Promise<Outcome> {
    try {
      const creation = creationOf(tenant, changes);
      if (creation !== undefined && (await this.#create(tenant, creation, deadline)))
        return { result: { ok: true }, unused: [] };
      return await this.#attempts(tenant, changes, deadline);
    } catch (error) {
      // A commit whose end is unknown may have been made: its files stay.
      if (!(error instanceof UnknownEnd)) await this.#bodies.remove(filesOf(changes)).catch(() => undefined);
      throw error;
    }
  }

  /** Writes what is new without a look at what is there; false when a key is taken, so that a look is needed. */
  async #create(tenant: string, creation: Creation, deadline: Deadline): Promise<boolean> {
    try {
      await writeCreation(this.#database, tenant, creation, deadline);
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async #makeTypes(tenant: string, changes: readonly Change[]): Promise<void> {
    const contained = changes.flatMap((change) => (change.kind === 'put' ? (change.contained ?? []) : []));
    const types = [...changes.map(({ type }) => type), ...contained.map(({ type }) => `${type}#`)];
    await Promise.all([...new Set(types)].map((type) => this.#layout.makeType(tenant, type)));
  }

  /** The driver repeats what the database calls transient; two inserts of one key are as transient. */
  async #attempts(tenant: string, changes: readonly PreparedChange[], deadline: Deadline): Promise<Outcome> {
    for (let pause = 5; ; pause = Math.min(2 * pause, longestPause)) {
      try {
        return await inTransaction(
          this.#database,
          (session) => this.#apply(session, tenant, changes),
          deadline,
        );
      } catch (error) {
        const lostRace = error instanceof LostRace || isDuplicateKey(error);
        if (!lostRace || deadline.left < pause) throw error;
        await wait(Math.random() * pause);
      }
    }
  }

  /** All checks come before the first write: a conflict leaves nothing to roll back. */
  async #apply(session: ClientSession, tenant: string, changes: readonly PreparedChange[]): Promise<Outcome> {
    const refused = async (result: CommitResult): Promise<Outcome> => {
      await session.abortTransaction();
      return { result, unused: filesOf(changes) };
    };
    const found = successionsOf(tenant, changes, await this.#current(session, tenant, changes));
    if ('conflict' in found) return refused({ ok: false, conflict: found.conflict });
    const conflict = await this.#holderConflict(session, tenant, changes);
    if (conflict !== undefined) return refused({ ok: false, conflict });
    const { successions } = found;
    const unused = await this.#purgedFiles(session, tenant, successions);
    await writeSuccessions(this.#database, session, tenant, successions);
    const identities = identityWrites(tenant, successions);
    if (identities.length > 0) await this.#database.identities.bulkWrite(identities, { session });
    const claims = claimWrites(tenant, changes);
    if (claims.length > 0) await this.#database.claims.bulkWrite(claims, { session });
    return { result: { ok: true }, unused };
  }

  async #holderConflict(session: ClientSession, tenant: string, changes: readonly PreparedChange[]) {
    const { identities, claims } = this.#database;
    return (
      identityConflict(changes, await holdersOf(identities, session, tenant, wantedIdentityKeys(changes))) ??
      claimConflict(changes, await holdersOf(claims, session, tenant, wantedClaims(changes)))
    );
  }

  async #current(
    session: ClientSession,
    tenant: string,
    changes: readonly PreparedChange[],
  ): Promise<Map<string, CurrentDocument>> {
    const byName = new Map<string, CurrentDocument>();
    for (const type of new Set(changes.map((change) => change.type))) {
      const ids = changes.filter((change) => change.type === type).map(({ id }) => id);
      const found = await this.#database
        .current(type)
        .find(
          { tenant, id: { $in: [...new Set(ids)] } },
          { session, projection: successionProjection, hint: 'id' },
        )
        .toArray();
      for (const document of found) byName.set(referenceTo({ type, id: document.id }), document);
    }
    return byName;
  }

  /** The files of all versions of purged resources. */
  async #purgedFiles(
    session: ClientSession,
    tenant: string,
    successions: readonly Succession[],
  ): Promise<ObjectId[]> {
    const files: ObjectId[] = [];
    for (const { type, id, before, purges } of successions) {
      if (!purges) continue;
      const history = await this.#database
        .history(type)
        .find({ tenant, id }, { session, projection: { file: 1 }, hint: 'version' })
        .toArray();
      files.push(...[before, ...history].flatMap((version) => version?.file ?? []));
    }
    return files;
  }
}
