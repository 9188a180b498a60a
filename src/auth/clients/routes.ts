import express, { Router } from 'express';
import type { Actor } from '../../access/actor.ts';
import { fhirError } from '../../fhir/error.ts';
import { refusing } from '../../routes/refusing.ts';
import { callingActor } from '../calling-actor.ts';
import type { ClientRegistry } from './registry.ts';

/**
 * The administration of clients, for the role `admin` and the clients of the admin's tenant: list, register
 * (`POST /`), `POST /:id/rotate` and `DELETE /:id`.
 */
export function clientRoutes(clients: ClientRegistry): Router {
  const router = Router();
  const administrator = (response: express.Response): Actor => {
    const actor = callingActor(response);
    if (!actor.roles.includes('admin'))
      throw fhirError(403, 'forbidden', 'Clients are administered in the role admin alone');
    return actor;
  };
  /** Those of other tenants are as if they did not exist. */
  const ofTenant = async (request: express.Request, response: express.Response): Promise<string> => {
    const { tenant } = administrator(response);
    const id = String(request.params['id']);
    if ((await clients.find(id))?.tenant !== tenant)
      throw fhirError(404, 'not-found', 'There is no client of this client_id');
    return id;
  };
  router.get(
    '/',
    refusing(async (_request, response) => {
      const { tenant } = administrator(response);
      response.json({ clients: await clients.list(tenant) });
    }),
  );
  router.post(
    '/',
    express.json({ limit: '256kb' }),
    refusing(async (request, response) => {
      const { tenant } = administrator(response);
      const given: unknown = request.body;
      const metadata = typeof given === 'object' && given !== null ? { ...given, tenant } : given;
      const { client, client_secret } = await clients.register(metadata);
      response
        .status(201)
        .set('Cache-Control', 'no-store')
        .json({ ...client, client_secret });
    }),
  );
  router.post(
    '/:id/rotate',
    refusing(async (request, response) => {
      const { client, client_secret } = await clients.rotate(await ofTenant(request, response));
      response.set('Cache-Control', 'no-store').json({ ...client, client_secret });
    }),
  );
  router.delete(
    '/:id',
    refusing(async (request, response) => {
      await clients.revoke(await ofTenant(request, response));
      response.status(204).end();
    }),
  );
  return router;
}
