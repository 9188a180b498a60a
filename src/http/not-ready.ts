import type { RequestListener } from 'node:http';
import { operationOutcome } from '../fhir/error.ts';
import { mediaTypes } from './negotiation.ts';
import { apiHeaders } from './security-headers.ts';

/** Answers any request while the server starts: 503, to be tried again. */
export const answerNotReady: RequestListener = (_request, response) => {
  const diagnostics = 'The server is starting';
  response.writeHead(503, { ...apiHeaders(false), 'Retry-After': '1', 'Content-Type': mediaTypes.json });
  response.end(JSON.stringify(operationOutcome([{ severity: 'error', code: 'transient', diagnostics }])));
};
