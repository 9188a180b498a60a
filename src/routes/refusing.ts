import type { Request, RequestHandler, Response } from 'express';
import { FhirError, operationOutcome } from '../fhir/error.ts';

/** A handler whose refusals are OperationOutcomes, as on the FHIR API. */
export function refusing(handle: (request: Request, response: Response) => Promise<void>): RequestHandler {
  return async (request, response) => {
    try {
      await handle(request, response);
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      response.status(error.status).set(error.headers).type('application/fhir+json');
      response.send(JSON.stringify(operationOutcome(error.issues)));
    }
  };
}
