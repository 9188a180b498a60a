import express, { Router } from 'express';
import { FhirError, fhirError, type Issue } from '../../fhir/error.ts';
import { JsonCheck } from '../../json-schema/json-check.ts';
import { refusing } from '../../routes/refusing.ts';
import { callingActor } from '../calling-actor.ts';
import type { ClientRegistry } from '../clients/registry.ts';
import { accountId } from '../sessions/accounts.ts';
import type { Report } from './events.ts';
import type { LaunchContext } from './grant-context.ts';
import type { Launches } from './launches.ts';

/** What an EHR asks for with `POST /launch`. */
interface LaunchOrder extends LaunchContext {
  client_id: string;
  /** The FHIR base that the app is to work with; absent: that of the server. */
  iss?: string;
}

const id = { type: 'string', pattern: '^[A-Za-z0-9.-]{1,64}$' };

const check = new JsonCheck<LaunchOrder>({
  type: 'object',
  additionalProperties: false,
  required: ['client_id'],
  properties: {
    client_id: id,
    iss: { type: 'string', minLength: 1, maxLength: 2000 },
    patient: id,
    encounter: id,
    need_patient_banner: { type: 'boolean' },
    intent: { type: 'string', minLength: 1, maxLength: 200 },
    fhirContext: {
      type: 'array',
      maxItems: 50,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['reference'],
        properties: {
          reference: { type: 'string', pattern: '^[A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64}$' },
          role: { type: 'string', minLength: 1, maxLength: 500 },
        },
      },
    },
  },
});

export interface LaunchParts {
  clients: ClientRegistry;
  launches: Launches;
  fhirBase: string;
  isFhirBase(address: string, tenant: string): boolean;
  report: Report;
}

/**
 * `POST /launch`: an EHR, a client with `launch_host`, opens an app for a patient. It is answered with the address to
 * open, whose `launch` is used once within five minutes, by that app alone and, where the EHR acts for a user, by that
 * user alone.
 */
export function launchRoute({ clients, launches, fhirBase, isFhirBase, report }: LaunchParts): Router {
  const router = Router();
  router.post(
    '/',
    express.json({ limit: '16kb' }),
    refusing(async (request, response) => {
      const actor = callingActor(response);
      const host = await clients.find(actor.clientId ?? '');
      if (host?.launch_host !== true)
        throw fhirError(403, 'forbidden', 'Only a client that is registered with launch_host opens launches');
      const { client_id, iss = fhirBase, ...context } = readOrder(request.body);
      if (!isFhirBase(iss, actor.tenant))
        throw fhirError(422, 'value', 'iss is not a FHIR base URL of your tenant', 'iss');
      const app = await clients.find(client_id);
      if (app === undefined || app.tenant !== actor.tenant || app.launch_uri === undefined)
        throw fhirError(422, 'not-found', 'There is no app of this client_id with a launch_uri', 'client_id');
      const user =
        actor.fhirUser === undefined ? undefined : accountId({ ...actor, fhirUser: actor.fhirUser });
      const launch = await launches.open({
        clientId: client_id,
        tenant: actor.tenant,
        context,
        ...(user === undefined ? {} : { accountId: user }),
      });
      const { patient } = context;
      const event = {
        kind: 'launch' as const,
        clientId: client_id,
        hostId: host.client_id,
        tenant: actor.tenant,
      };
      report({ ...event, ...(patient === undefined ? {} : { patient }) }, request);
      const url = new URL(app.launch_uri);
      url.searchParams.set('iss', iss);
      url.searchParams.set('launch', launch);
      response.status(201).set('Cache-Control', 'no-store').json({ launch, url: url.href });
    }),
  );
  return router;
}

/** @throws FhirError 400 with an issue for each property at fault */
function readOrder(body: unknown): LaunchOrder {
  if (check.accepts(body)) return body;
  throw new FhirError(
    400,
    check.errors.map(({ instancePath, message = 'is not valid' }): Issue => {
      const expression = instancePath.slice(1).replaceAll('/', '.');
      const diagnostics = `The launch ${message}`;
      return { severity: 'error', code: 'value', diagnostics, ...(expression === '' ? {} : { expression }) };
    }),
  );
}
