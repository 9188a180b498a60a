import { connect, createServer, type Socket } from 'node:net';
import { mongoTestUri } from './mongo.ts';

/**
 * The MongoDB server of the tests behind a proxy.
 * @param join passes on what the two sides of a connection say
 * @param work is told the host and port of the proxy
 */
export async function withMongoProxy<T>(
  join: (client: Socket, server: Socket) => void,
  work: (address: string) => Promise<T>,
): Promise<T> {
  const { hostname, port } = new URL(await mongoTestUri());
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(Number(port), hostname);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
    join(client, server);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port: own } = proxy.address() as { port: number };
  try {
    return await work(`127.0.0.1:${own}`);
  } finally {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  }
}
