import type { Request, RequestHandler, Response } from 'express';
import { FhirError, operationOutcome } from '../fhir/error.ts';

/** A handler whose refusals are OperationOutcomes, as on the FHIR API. */
export function refusing(handle: (request: Request, response: Response) => Promise<void>): RequestHandler {
  return async (request, response) => {
    try {
      await handle(request, response);
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      sendRefusal(response, error);
    }
  };
}

/** Answers a refusal as the FHIR API does. */
export function sendRefusal(response: Response, { status, headers, issues }: FhirError): void {
  response.status(status).set(headers).type('application/fhir+json');
  response.send(JSON.stringify(operationOutcome(issues)));
}
