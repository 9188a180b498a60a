import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInsiClient } from '../../../src/ins/insi/client.ts';
import type { InsiPort } from '../../../src/ins/insi/port.ts';
import type { InsiLimits, InsiRuntime, InsiSettings } from '../../../src/ins/insi/settings.ts';
import type { StrictTraits } from '../../../src/ins/traits.ts';

export const testOids = {
  nir: '1.2.250.1.213.1.4.10',
  productionNir: '1.2.250.1.213.1.4.8',
  nia: '1.2.250.1.213.1.4.9',
};

/** Traits of a person; the first given name is the first word of the list. */
export function traitsOf(
  birthName: string,
  givenNames: string,
  sex: 'M' | 'F',
  birthDate: string,
  birthPlace?: string,
): StrictTraits {
  const firstGivenName = givenNames.split(' ')[0] ?? '';
  const place = birthPlace === undefined ? {} : { birthPlace };
  return { birthName, firstGivenName, givenNames, sex, birthDate, ...place };
}

export const adrun = traitsOf('ADRUN', 'ZOE', 'F', '1975-12-31', '63220');

/** A clock that moves with the waits and never sleeps. */
export interface TestRuntime extends InsiRuntime {
  /** Every wait asked for, in milliseconds. */
  readonly waits: number[];
  advance(milliseconds: number): void;
}

export function testRuntime(): TestRuntime {
  const waits: number[] = [];
  let time = Date.UTC(2026, 0, 1, 10);
  return {
    waits,
    advance: (milliseconds) => {
      time += milliseconds;
    },
    now: () => time,
    sleep: async (milliseconds) => {
      waits.push(milliseconds);
      time += milliseconds;
    },
    random: () => 0,
    uuid: randomUUID,
  };
}

export interface TestServer {
  url: string;
  /** Requests received so far. */
  calls(): number;
  close(): Promise<void>;
}

/** An HTTP server on loopback; its URL ends in `/lps`. */
export async function listen(listener: RequestListener): Promise<TestServer> {
  let calls = 0;
  const server: Server = createServer((request, response) => {
    calls += 1;
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/lps`,
    calls: () => calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A client of the tests' software, known to the simulator. */
export function clientOf(
  url: string,
  limits: Partial<InsiLimits> = {},
  change: Partial<InsiSettings> = {},
  runtime: InsiRuntime = testRuntime(),
): InsiPort {
  const settings: InsiSettings = {
    url,
    source: 'insi-simulator',
    software: {
      authorisationNumber: 'PASSERELLE-TEST',
      product: 'passerelle',
      version: '0.1.0',
      instance: '6f1b1d0e-7a55-4f0c-9d2e-1c2b3a4d5e6f',
      sender: '10B0000000',
    },
    acceptedOids: [testOids.nir, testOids.nia],
    verification: { adapter: 'search' },
    limits,
    ...change,
  };
  return createInsiClient(settings, runtime);
}

/** A SOAP 1.2 envelope around a body. */
export function envelope(body: string): string {
  return `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>${body}</s:Body></s:Envelope>`;
}
