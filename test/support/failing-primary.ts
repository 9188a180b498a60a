import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { BSON, type Document } from 'mongodb';
import { withMongoProxy } from './mongo-proxy.ts';

/** Opcodes of the MongoDB wire protocol, and where the document of such an answer begins. */
const starts = new Map([
  [1, 36],
  [2013, 21],
]);

export interface FailingPrimary {
  uri: string;
  /** It says of itself that it is a secondary: there is no primary any more. Resolves when the driver has heard of it. */
  fail(): Promise<void>;
  recover(): Promise<void>;
}

/**
 * The MongoDB server of the tests behind a proxy, as the one node of a replica set that the driver knows. The server is
 * always the same: what it says of its role decides what the driver sends to it.
 */
export function withFailingPrimary<T>(work: (primary: FailingPrimary) => Promise<T>): Promise<T> {
  let isPrimary = true;
  let heard: () => void = () => undefined;
  let address = '';
  const change = async (role: boolean) => {
    isPrimary = role;
    await new Promise<void>((resolve) => {
      heard = resolve;
    });
    // What was heard is worked on.
    await wait(10);
  };
  const join = (client: Socket, server: Socket) => {
    client.pipe(server);
    let received = Buffer.alloc(0);
    let told = 0;
    server.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= received.readInt32LE(0)) {
        const length = received.readInt32LE(0);
        const answer = received.subarray(0, length);
        const changed = withRole(answer, address, isPrimary);
        client.write(changed ?? answer);
        if (changed !== undefined) told += 1;
        // Each connection asks once when it is opened, and again and again only the one that watches the server.
        if (changed !== undefined && told > 1) heard();
        received = received.subarray(length);
      }
    });
  };
  return withMongoProxy(join, (own) => {
    address = own;
    return work({
      uri: `mongodb://${address}/?replicaSet=secantus&heartbeatFrequencyMS=500`,
      fail: () => change(false),
      recover: () => change(true),
    });
  });
}

/** An answer that tells the role of the server, with another one. */
function withRole(answer: Buffer, address: string, isPrimary: boolean): Uint8Array | undefined {
  const start = starts.get(answer.readInt32LE(12));
  if (start === undefined || !answer.includes('setName')) return undefined;
  const end = start + answer.readInt32LE(start);
  const {
    topologyVersion: _,
    primary: __,
    ...hello
  } = BSON.deserialize(answer.subarray(start, end), {
    promoteValues: false,
  }) as Document;
  if (hello['setName'] === undefined) return undefined;
  const role = {
    ...(hello['isWritablePrimary'] === undefined ? {} : { isWritablePrimary: isPrimary }),
    ismaster: isPrimary,
    secondary: !isPrimary,
    ...(isPrimary ? { primary: address } : {}),
  };
  const document = BSON.serialize({ ...hello, ...role, hosts: [address], me: address });
  const message = Buffer.concat([answer.subarray(0, start), document, answer.subarray(end)]);
  message.writeInt32LE(message.length, 0);
  return message;
}
