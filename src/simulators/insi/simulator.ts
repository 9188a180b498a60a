import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { createSwitches, type Switches } from '../switches.ts';
import { faults } from './faults.ts';
import { qualificationPersons, type SimulatedPerson } from './persons.ts';
import { readRequest, type SimulatedRequest } from './request-reader.ts';
import { type Caller, faultAnswer, type SimulatedAnswer, serve } from './service.ts';
import { acceptedSwitches, defaultSwitches, type SimulatorSwitches } from './switches.ts';

export interface InsiSimulatorOptions {
  /** Persons beside those of the qualification platform. */
  persons?: readonly SimulatedPerson[];
  /** Initial switches; a reset returns to them. */
  switches?: Partial<SimulatorSwitches>;
  /** CNDA authorisation numbers (IDAM) that may call; `PASSERELLE-TEST` by default. */
  authorisedSoftware?: readonly string[];
  /** From 0 to 1, for `failRatio`. */
  random?: () => number;
}

export interface InsiSimulator {
  /**
   * Answers `POST /lps` in the protocol of INSi, and `GET`, `PUT` (some switches as JSON) and `DELETE`
   * (reset) on `/switches`. The body must not have been read before.
   */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  switches: Switches<SimulatorSwitches>;
}

const maximumBody = 256 * 1024;

/** A stand-in for INSi that speaks its SOAP, for demonstrations and tests. */
export function createInsiSimulator(options: InsiSimulatorOptions = {}): InsiSimulator {
  const { random = Math.random, authorisedSoftware = ['PASSERELLE-TEST'] } = options;
  const persons = [...qualificationPersons, ...(options.persons ?? [])];
  const switches = createSwitches(acceptedSwitches, defaultSwitches, options.switches);

  /** The outage that this call meets, counted down. */
  const takeOutage = (): SimulatorSwitches['outage'] => {
    const { outage, failRatio, failNext } = switches.get();
    if (outage === 'none' || failNext === 0 || random() >= failRatio) return 'none';
    if (failNext !== null) {
      const left = failNext - 1;
      switches.set(left === 0 ? { outage: 'none', failNext: null } : { failNext: left });
    }
    return outage;
  };

  const answerSoap = async (request: IncomingMessage, response: ServerResponse) => {
    const xml = await readBody(request);
    if (xml === undefined) return sendText(response, 413, 'Too large');
    const outage = takeOutage();
    await sleep(switches.get().latencyMs);
    if (outage === 'connection-reset') {
      request.socket.resetAndDestroy();
      return;
    }
    if (outage === 'http-500') return sendText(response, 500, 'Internal Server Error');
    const soap = readRequest(xml, request.headers['content-type'] ?? '');
    if (soap === undefined) return sendText(response, 400, 'No SOAP 1.2 envelope');
    const caller: Caller = { certificateName: certificateNameOf(request), authorisedSoftware };
    const answer = outageFault(outage, soap, switches.get()) ?? serve(soap, caller, persons, switches.get());
    const sent = outage === 'truncated' ? answer.xml.slice(0, answer.xml.length / 2) : answer.xml;
    response.writeHead(answer.status, { 'content-type': 'application/soap+xml; charset=utf-8' });
    response.end(sent);
  };

  return {
    switches,
    handle: async (request, response) => {
      const path = request.url?.split('?', 1)[0];
      if (path === '/switches') return answerControl(switches, request, response);
      if (path !== '/lps') return sendText(response, 404, 'Not found');
      if (request.method !== 'POST') return sendText(response, 405, 'POST only', { allow: 'POST' });
      return answerSoap(request, response);
    },
  };
}

async function answerControl(
  control: InsiSimulator['switches'],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  switch (request.method) {
    case 'GET':
      return sendJson(response, 200, control.get());
    case 'DELETE':
      return sendJson(response, 200, control.reset());
    case 'PUT':
      try {
        return sendJson(response, 200, control.set(JSON.parse((await readBody(request)) ?? '')));
      } catch (error) {
        if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
        const message = error instanceof RangeError ? error.message : 'The body is not JSON';
        return sendJson(response, 400, { error: message });
      }
    default:
      return sendText(response, 405, 'GET, PUT or DELETE', { allow: 'GET, PUT, DELETE' });
  }
}

function outageFault(
  outage: SimulatorSwitches['outage'],
  request: SimulatedRequest,
  switches: SimulatorSwitches,
): SimulatedAnswer | undefined {
  switch (outage) {
    case 'siram_40':
      return faultAnswer(faults.servicesUnavailable, request, switches);
    case 'insi_102':
      return faultAnswer(faults.technicalError, request, switches);
    case 'desir_1020':
      return faultAnswer(faults.temporarilyUnavailable, request, switches);
    default:
      return undefined;
  }
}

function certificateNameOf({ socket }: IncomingMessage): Caller['certificateName'] {
  if (!(socket instanceof TLSSocket)) return undefined;
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  return socket.authorized && typeof name === 'string' ? name : null;
}

/** The body as text, undefined when it is too large or was broken off. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size <= maximumBody) chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return size > maximumBody ? undefined : Buffer.concat(chunks).toString('utf8');
}

function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
  response.end(text);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}
