import type { Response } from 'express';
import { isOfActor } from '../access/access-control.ts';
import type { Actor } from '../access/actor.ts';
import { fhirError } from '../fhir/error.ts';
import type { Access } from '../interactions/access.ts';

/**
 * Who sent a request to a route that asks for a login.
 * @throws FhirError 401 where nobody has logged in
 */
export function callingActor({ locals }: Response): Actor {
  const access = locals['access'] as Access | undefined;
  if (access === undefined || !isOfActor(access)) throw fhirError(401, 'login', 'An access token is needed');
  return access.actor;
}
