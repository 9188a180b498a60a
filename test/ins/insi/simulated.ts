import type { InsiPort } from '../../../src/ins/insi/port.ts';
import type { InsiLimits, InsiRuntime, InsiSettings } from '../../../src/ins/insi/settings.ts';
import { createInsiSimulator, type InsiSimulator } from '../../../src/simulators/insi/simulator.ts';
import { clientOf, listen, type TestServer, testRuntime } from './support.ts';

/** A simulator of INSi behind HTTP, and clients of it. */
interface SimulatedInsi {
  simulator: InsiSimulator;
  client(limits?: Partial<InsiLimits>, change?: Partial<InsiSettings>, runtime?: InsiRuntime): InsiPort;
  /** Closes a client after the test. */
  closeAfterwards(client: InsiPort): void;
  /** URL of the server, once the tests run. */
  url(): string;
  /** The answer of a piece of work, and the number of calls that it made. */
  counting<Answer>(work: () => Promise<Answer>): Promise<{ answer: Answer; calls: number }>;
}

/** A simulator of its own, which lives as long as the tests of the file; its switches are reset after each of them. */
export function simulatedInsi(): SimulatedInsi {
  const simulator = createInsiSimulator();
  const clients: InsiPort[] = [];
  let server: TestServer;

  beforeAll(async () => {
    server = await listen((request, response) => void simulator.handle(request, response));
  });
  afterEach(() => {
    simulator.switches.reset();
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(() => server.close());

  return {
    simulator,
    client(limits = {}, change = {}, runtime = testRuntime()) {
      const created = clientOf(server.url, limits, change, runtime);
      clients.push(created);
      return created;
    },
    closeAfterwards(client) {
      clients.push(client);
    },
    url: () => server.url,
    async counting(work) {
      const before = server.calls();
      const answer = await work();
      return { answer, calls: server.calls() - before };
    },
  };
}
