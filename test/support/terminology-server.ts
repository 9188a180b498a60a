import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Parameters, ParametersParameter } from 'fhir/r4.d.ts';

interface Asked {
  path: string;
  parameters: Record<string, unknown>;
}

/** A terminology server that answers what it is told to, and notes what it was asked. */
export class TerminologyServerLookAlike {
  readonly asked: Asked[] = [];
  answer: { status?: number; body?: unknown; silent?: boolean; location?: string } = {};
  readonly #server: Server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { parameter = [] } = JSON.parse(text) as Parameters;
    const value = (one: ParametersParameter) =>
      one.resource ?? Object.entries(one).find(([key]) => key.startsWith('value'))?.[1];
    const parameters = Object.fromEntries(parameter.map((one) => [one.name, value(one)]));
    this.asked.push({ path: request.url ?? '', parameters });
    const { status = 200, body, silent, location } = this.answer;
    if (silent) return;
    response.writeHead(status, { 'Content-Type': 'application/fhir+json', ...(location && { location }) });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/fhir`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The answer that a code is valid. */
export const validCode: Parameters = {
  resourceType: 'Parameters',
  parameter: [
    { name: 'result', valueBoolean: true },
    { name: 'display', valueString: 'Finding' },
  ],
};
