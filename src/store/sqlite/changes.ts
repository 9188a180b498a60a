import { fhirError } from '../../fhir/error.ts';
import type { ChangedVersion, Changes, ChangesPage } from '../contract.ts';
import type { Connection, Row } from './connection.ts';
import { all, type Sql, sql } from './sql.ts';
import type { Versions } from './versions.ts';

/** A version by its place in the order of changes: no later write alters it. */
type Place = [updated: number, rid: number, version: number];

/** Where the versions are, each part with an index by (scope, updated). */
const parts = [
  { table: 'resource', index: 'resource_by_updated', condition: 'deleted = 0', superseded: false },
  { table: 'resource', index: 'resource_deleted', condition: 'deleted = 1', superseded: false },
  { table: 'history', index: 'history_by_updated', condition: '1', superseded: true },
] as const;

/** Reads the versions of all resources of a type or of a tenant in the order of time, on one connection. */
export class ChangeReader {
  readonly #connection: Connection;
  readonly #versions: Versions;

  constructor(connection: Connection, versions: Versions) {
    this.#connection = connection;
    this.#versions = versions;
  }

  changes(tenant: string, page: ChangesPage): Changes {
    const before = page.cursor === undefined ? undefined : placeOf(page.cursor);
    if (page.count <= 0) return { versions: [] };
    return this.#connection.read(() => {
      const places = this.#places(tenant, page, before);
      const versions = places
        .slice(0, page.count)
        .map(([, rid, version]): ChangedVersion => this.#versions.byChange(rid, version));
      const last = places[page.count - 1];
      return places.length > page.count ? { versions, next: JSON.stringify(last) } : { versions };
    });
  }

  /** One place more than the page holds. Each scope is read no further than the page may still reach. */
  #places(tenant: string, page: ChangesPage, before: Place | undefined): Place[] {
    let places: Place[] = [];
    for (const scope of this.#scopes(tenant, page.type)) {
      const farthest = places[page.count];
      const reach = page.oldestFirst ? 'updated <= ?' : 'updated >= ?';
      const bound = farthest === undefined ? [] : [sql(reach, farthest[0])];
      for (const { text, values } of parts.map((part) => placesSql(part, scope, page, before, bound))) {
        const found = this.#connection.rows(text, values) as Place[];
        if (found.length > 0)
          places = places
            .concat(found)
            .sort(page.oldestFirst ? (a, b) => newestFirst(b, a) : newestFirst)
            .slice(0, page.count + 1);
      }
    }
    return places;
  }

  #scopes(tenant: string, type: string | undefined): number[] {
    const rows: Row[] =
      type === undefined
        ? this.#connection.rows("SELECT scope FROM scope WHERE tenant = ? AND type NOT LIKE '%#'", [tenant])
        : this.#connection.rows('SELECT scope FROM scope WHERE tenant = ? AND type = ?', [tenant, type]);
    return rows.map(([scope]) => scope as number);
  }
}

/** Rows [updated, rid, version] of one scope in one of the parts. */
function placesSql(
  { table, index, condition, superseded }: (typeof parts)[number],
  scope: number,
  { count, since, at, oldestFirst }: ChangesPage,
  from: Place | undefined,
  bound: readonly Sql[],
): Sql {
  const [sign, order] = oldestFirst ? ['>', 'ASC'] : ['<', 'DESC'];
  const conditions = [
    sql(`scope = ? AND ${condition}`, scope),
    ...bound,
    ...(since === undefined ? [] : [sql('updated >= ?', since)]),
    ...(at === undefined ? [] : [sql('updated < ?', at.high)]),
    ...(at === undefined || !superseded ? [] : [sql('ended > ?', at.low)]),
    ...(from === undefined
      ? []
      : [sql(`updated ${sign}= ? AND (updated, rid, version) ${sign} (?, ?, ?)`, from[0], ...from)]),
  ];
  const where = all(conditions);
  return {
    text: `SELECT updated, rid, version FROM ${table} INDEXED BY ${index} WHERE ${where.text}
           ORDER BY updated ${order}, rid ${order}${superseded ? `, version ${order}` : ''} LIMIT ?`,
    values: [...where.values, count + 1],
  };
}

function newestFirst(a: Place, b: Place): number {
  return b[0] - a[0] || b[1] - a[1] || b[2] - a[2];
}

/** @throws FhirError 400 when the cursor is none of a history */
export function placeOf(cursor: string): Place {
  try {
    const place: unknown = JSON.parse(cursor);
    if (Array.isArray(place) && place.length === 3 && place.every(Number.isSafeInteger))
      return place as Place;
  } catch {
    // Refused below, as any other text that is no place.
  }
  throw fhirError(400, 'value', 'The page link belongs to another history');
}
