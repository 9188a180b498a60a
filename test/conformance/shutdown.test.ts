import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fhirHttp } from '../support/fhir-http.ts';
import { withDataFolder, withServerProcess } from '../support/server-process.ts';

/** A request whose body is on its way: its head and half of its body are sent. */
async function requestUnderWay(origin: string, body: string): Promise<{ finish(): Promise<string> }> {
  const { hostname, port } = new URL(origin);
  const socket: Socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const head = [
    'PUT /fhir/Patient/slow HTTP/1.1',
    'Host: localhost',
    'Content-Type: application/fhir+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ].join('\r\n');
  const half = Math.floor(body.length / 2);
  await new Promise((resolve) => socket.write(`${head}\r\n\r\n${body.slice(0, half)}`, resolve));
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk;
  });
  return {
    async finish() {
      socket.write(body.slice(half));
      await once(socket, 'close');
      return answer;
    },
  };
}

async function isListening(origin: string): Promise<boolean> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe('at SIGTERM the server', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'takes no new connection, answers what is in flight, closes the store and ends with 0: %s',
    (signal) =>
      withDataFolder(async (directory) => {
        const body = JSON.stringify({ resourceType: 'Patient', id: 'slow', active: true });
        await withServerProcess(directory, {}, async (server) => {
          const http = fhirHttp(server.origin);
          await http.put('Patient/before', { resourceType: 'Patient', id: 'before' });
          const slow = await requestUnderWay(server.origin, body);
          server.signal(signal);
          while (await isListening(server.origin)) await new Promise((resolve) => setTimeout(resolve, 10));
          expect(await slow.finish()).toMatch(/^HTTP\/1\.1 201 /);
          expect(await server.exited).toBe(0);
        });
        await withServerProcess(directory, {}, async (server) => {
          const http = fhirHttp(server.origin);
          expect((await http.get('Patient/slow')).status).toBe(200);
          expect((await http.get('Patient/before')).status).toBe(200);
        });
      }),
  );

  test('lets a slow client take the whole of its answer', () =>
    withDataFolder((directory) =>
      withServerProcess(directory, {}, async (server) => {
        // More than the buffers of both ends hold.
        const content = Buffer.alloc(20_000_000, 'x');
        const headers = { 'Content-Type': 'application/octet-stream' };
        await fetch(`${server.origin}/fhir/Binary/large`, { method: 'PUT', headers, body: content });
        const { hostname, port } = new URL(server.origin);
        const socket = connect(Number(port), hostname);
        socket.write(
          `GET /fhir/Binary/large HTTP/1.1\r\nHost: localhost\r\nAccept: application/octet-stream\r\n\r\n`,
        );
        await once(socket, 'readable');
        server.signal('SIGTERM');
        while (await isListening(server.origin)) await new Promise((resolve) => setTimeout(resolve, 10));
        let length = 0;
        for await (const chunk of socket) length += (chunk as Buffer).length;
        expect(length).toBeGreaterThan(content.length);
        expect(await server.exited).toBe(0);
      }),
    ));

  test('ends at once when nothing is in flight, idle connections notwithstanding', () =>
    withDataFolder((directory) =>
      withServerProcess(directory, {}, async (server) => {
        await fhirHttp(server.origin).get('metadata');
        server.signal('SIGTERM');
        expect(await server.exited).toBe(0);
      }),
    ));
});

describe('a server whose log has no reader', () => {
  test.each(['end', 'leave'] as const)('goes on, SIGHUP or not, and ends with 0: %s', (what) =>
    withDataFolder((directory) =>
      withServerProcess(directory, {}, async (server) => {
        server.log[what]();
        server.signal('SIGHUP');
        const http = fhirHttp(server.origin);
        // More lines than a pipe holds.
        for (let n = 0; n < 500; n += 1) expect((await http.get('Patient/none')).status).toBe(404);
        server.signal('SIGTERM');
        expect(await server.exited).toBe(0);
      }),
    ),
  );
});
