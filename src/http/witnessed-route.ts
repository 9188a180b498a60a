import type { Request, Response } from 'express';
import type { Access } from '../interactions/access.ts';

/**
 * The access of a request beside the FHIR API: the witness, where there is one, records the whole request as an
 * operation that is named by where its routes are mounted.
 */
export function witnessedRoute(access: Access, request: Request, response: Response): Access {
  if (access.witness === undefined) return access;
  const { store, writeStore, end } = access.witness.begin();
  const operation = request.baseUrl.replace(/^\/(api\/(v\d+\/)?)?/, '');
  const received = () => `${request.method} ${request.originalUrl}`;
  response.on('close', () => {
    // The answer is gone: what has to wait for room is recorded all the same.
    end({ code: 'operation', operation, status: response.statusCode, received })?.catch(() => undefined);
  });
  return { ...access, store, ...(writeStore === undefined ? {} : { writeStore }) };
}
