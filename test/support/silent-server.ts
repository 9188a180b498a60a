import type { Socket } from 'node:net';
import { withMongoProxy } from './mongo-proxy.ts';

export interface SilentServer {
  uri: string;
  /** From now on what the server says is lost, and what is said to it too unless answers alone are. */
  fallSilent(lost: 'everything' | 'answers'): void;
  /** It speaks again, to those who connect anew and those who said nothing meanwhile. */
  speak(): void;
}

/** The MongoDB server of the tests behind a proxy that can fall silent without the end of a connection. */
export function withSilentServer<T>(work: (server: SilentServer) => Promise<T>): Promise<T> {
  let lost: 'nothing' | 'everything' | 'answers' = 'nothing';
  const pass = (from: Socket, to: Socket, isLost: () => boolean) => {
    let isDead = false;
    from.on('data', (chunk) => {
      isDead ||= isLost();
      if (!isDead) to.write(chunk);
    });
  };
  return withMongoProxy(
    (client, server) => {
      pass(client, server, () => lost === 'everything');
      pass(server, client, () => lost !== 'nothing');
    },
    (address) =>
      work({
        uri: `mongodb://${address}/?directConnection=true`,
        fallSilent(what) {
          lost = what;
        },
        speak() {
          lost = 'nothing';
        },
      }),
  );
}
