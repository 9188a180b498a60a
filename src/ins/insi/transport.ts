import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { InsiRequest } from './envelope.ts';
import type { InsiLimits, InsiTlsSettings } from './settings.ts';

/** What came back over HTTP. A redirection is an answer: it is not followed. */
export type TransportAnswer =
  | { kind: 'answer'; status: number; text: string }
  | { kind: 'timeout' }
  | { kind: 'connection' }
  | { kind: 'tls' }
  | { kind: 'too-large' }
  | { kind: 'unreadable' };

export interface Transport {
  send(request: InsiRequest): Promise<TransportAnswer>;
  /** Cuts what is under way; nothing can be sent afterwards. */
  close(): void;
}

type TransportLimits = Pick<InsiLimits, 'timeoutMs' | 'maximumAnswerBytes'>;

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * HTTP to INSi: TLS with the server always verified, or plain HTTP to a simulator on loopback.
 * @throws TypeError on a URL of another kind, Error on certificates that cannot be read.
 */
export function createTransport(
  url: string,
  tls: InsiTlsSettings | undefined,
  limits: TransportLimits,
): Transport {
  const target = new URL(url);
  const secure = target.protocol === 'https:';
  if (!secure && !(target.protocol === 'http:' && loopback.test(target.hostname))) {
    throw new TypeError('INSi is reached over https, or over http on loopback');
  }
  // The context is made here, so that a wrong certificate stops the start and not the first call.
  const agent = secure
    ? new HttpsAgent({ keepAlive: true, secureContext: createSecureContext(tlsOptions(tls)) })
    : new HttpAgent({ keepAlive: true });
  const open = secure ? httpsRequest : httpRequest;
  let closed = false;
  return {
    send: (message) =>
      new Promise((resolve) => {
        if (closed) return resolve({ kind: 'connection' });
        const body = Buffer.from(message.xml, 'utf8');
        const request = open(target, {
          method: 'POST',
          agent,
          headers: {
            'content-type': `application/soap+xml; charset=utf-8; action="${message.action}"`,
            'content-length': body.length,
            accept: 'application/soap+xml',
          },
        });
        const settle = (answer: TransportAnswer) => {
          clearTimeout(timer);
          resolve(answer);
          if (answer.kind !== 'answer') request.destroy();
        };
        const timer = setTimeout(() => settle({ kind: 'timeout' }), limits.timeoutMs);
        request.on('error', (error) => settle(failureOf(error)));
        request.on('response', (response) => readBody(response, limits.maximumAnswerBytes, settle));
        request.end(body);
      }),
    close() {
      closed = true;
      agent.destroy();
    },
  };
}

function readBody(
  response: IncomingMessage,
  maximum: number,
  settle: (answer: TransportAnswer) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maximum) settle({ kind: 'too-large' });
    else chunks.push(chunk);
  });
  response.on('error', () => settle({ kind: 'connection' }));
  response.on('end', () => {
    const text = decode(Buffer.concat(chunks), response.headers['content-type']);
    settle(
      text === undefined
        ? { kind: 'unreadable' }
        : { kind: 'answer', status: response.statusCode ?? 0, text },
    );
  });
}

function decode(bytes: Buffer, contentType: string | undefined): string | undefined {
  const charset = /charset="?([\w.:-]+)/i.exec(contentType ?? '')?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function tlsOptions(tls: InsiTlsSettings | undefined) {
  if (tls === undefined) return {};
  const { certificate, key, pfx, passphrase, certificateAuthorities } = tls;
  return {
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
    ...(pfx === undefined ? {} : { pfx }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(certificateAuthorities === undefined ? {} : { ca: certificateAuthorities }),
  };
}

const tlsCodes =
  /^(?:CERT_|CRL_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_|INVALID_|EPROTO$)/;

function failureOf(error: Error): TransportAnswer {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return { kind: tlsCodes.test(code) ? 'tls' : 'connection' };
}
