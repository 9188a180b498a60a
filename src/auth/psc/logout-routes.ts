import express, { Router } from 'express';
import { FhirError } from '../../fhir/error.ts';
import type { PscRelyingParty } from './relying-party.ts';

/**
 * `POST /backchannel-logout`: Pro Santé Connect tells that a session is over (OpenID Connect Back-Channel Logout 1.0);
 * everything that rests on it here ends.
 */
export function pscLogoutRoutes(relyingParty: PscRelyingParty): Router {
  const router = Router();
  const form = express.urlencoded({ extended: false, limit: '64kb' });
  router.post('/backchannel-logout', form, async (request, response) => {
    response.set('Cache-Control', 'no-store');
    const token: unknown = (request.body as Record<string, unknown> | undefined)?.['logout_token'];
    try {
      const isTaken = typeof token === 'string' && (await relyingParty.backChannelLogout(token));
      if (isTaken) response.status(200).end();
      else response.status(400).json({ error: 'invalid_request' });
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      response.status(error.status).set(error.headers).json({ error: 'temporarily_unavailable' });
    }
  });
  return router;
}
