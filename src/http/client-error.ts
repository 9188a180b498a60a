import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Issue, operationOutcome } from '../fhir/error.ts';
import { mediaTypes } from './negotiation.ts';
import { apiHeaders } from './security-headers.ts';

interface Refusal {
  statusLine: string;
  code: Issue['code'];
  diagnostics: string;
}

/** Refusals by the error code of Node.js; whatever else cannot be read as HTTP is a 400. */
const refusals: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: {
    statusLine: '431 Request Header Fields Too Large',
    code: 'too-long',
    diagnostics: 'The URL and the headers are too long; send a long search by POST to _search',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    statusLine: '413 Payload Too Large',
    code: 'too-long',
    diagnostics: 'The chunk extensions of the body are too long',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    statusLine: '408 Request Timeout',
    code: 'timeout',
    diagnostics: 'The request did not arrive in time',
  },
};

const malformed: Refusal = {
  statusLine: '400 Bad Request',
  code: 'structure',
  diagnostics: 'This is no HTTP request that can be read',
};

/** Codes of a connection that never became one of TLS: nobody could read an answer. */
const notTls = /^(?:ERR_SSL_|ERR_TLS_|EPROTO$)/;

/** True while an answer to an earlier request is under way, in which a second one would be read as part of the first. */
function isAnswering(socket: Duplex): boolean {
  const { _httpMessage: answer } = socket as { _httpMessage?: ServerResponse | null };
  return answer?.headersSent ?? false;
}

/**
 * Answers with an OperationOutcome what never becomes a request: bytes that are no HTTP, a head over the limit, a
 * request that does not arrive. A listener of `clientError`, which then closes the connection.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (
    error.code === 'ECONNRESET' ||
    notTls.test(error.code ?? '') ||
    !socket.writable ||
    isAnswering(socket)
  ) {
    socket.destroy();
    return;
  }
  const { statusLine, code, diagnostics } = refusals[error.code ?? ''] ?? malformed;
  const body = JSON.stringify(operationOutcome([{ severity: 'error', code, diagnostics }]));
  const head = [
    `HTTP/1.1 ${statusLine}`,
    `Content-Type: ${mediaTypes.json}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(apiHeaders(false)).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
