import type { AuditEvent } from 'fhir/r4.d.ts';
import { actorHeaders, backend } from '../../support/actors.ts';
import { fhirHttp } from '../../support/fhir-http.ts';
import type { TestServer } from '../../support/server.ts';

/** Id of the requests of this file, which are no part of what is tested. */
const own = 'look-into-the-trail';

/** All AuditEvents of a server that are no seals, the oldest first, those of the answers so far among them. */
export async function trailOf(server: TestServer, tenant = 'default'): Promise<AuditEvent[]> {
  // A search of the trail waits for what was recorded before it.
  const headers = { 'X-Request-Id': own, ...actorHeaders({ ...backend, tenant }) };
  await fhirHttp(server.origin).get('AuditEvent?_summary=count', headers);
  const store = server.running.core.stores.forTenant(tenant);
  const { versions } = await store.changes({ type: 'AuditEvent', count: 10_000, oldestFirst: true });
  return versions
    .map(({ body }) => JSON.parse(body.toString('utf8')) as AuditEvent)
    .filter(
      ({ id, entity = [] }) => !id?.startsWith('seal-') && entity.at(-1)?.what?.identifier?.value !== own,
    );
}

/** What an event was about, in short. */
export function summary({ subtype, action, outcome, outcomeDesc, entity = [], meta }: AuditEvent) {
  const references = entity.flatMap(({ what, type }) =>
    what?.reference === undefined ? [] : [`${type?.code === '1' ? 'patient' : 'data'} ${what.reference}`],
  );
  return {
    profile: meta?.profile?.[0]?.split('/').at(-1)?.replace('IHE.BasicAudit.', '') ?? '',
    interaction: subtype?.map(({ code }) => code).join(' ') ?? '',
    action,
    outcome: outcomeDesc === undefined ? outcome : `${outcome} ${outcomeDesc}`,
    about: references.join(', '),
  };
}

/** The request that an event holds, as it was received. */
export function requestIn({ entity = [] }: AuditEvent): string | undefined {
  const query = entity.find((each) => each.query !== undefined)?.query;
  return query === undefined ? undefined : Buffer.from(query, 'base64').toString('utf8');
}
