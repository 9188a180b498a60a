import { createServer, type Socket } from 'node:net';
import { BSON, type Document } from 'mongodb';

/** Opcodes of the MongoDB wire protocol: the driver opens a connection with a query, all else are messages. */
const opcodes = { reply: 1, query: 2004, message: 2013 };

/** Answers a command; `undefined` for one that is not known. */
export type CommandAnswer = (command: Document, name: string) => Document | undefined;

/**
 * A server that presents itself as the mongos of a sharded cluster, as far as the driver needs one, and answers the
 * other commands by a function. No mongos is among the tools of the tests.
 */
export async function withMongos<T>(answer: CommandAnswer, work: (uri: string) => Promise<T>): Promise<T> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= received.readInt32LE(0)) {
        const length = received.readInt32LE(0);
        socket.write(answerTo(received.subarray(0, length), answer));
        received = received.subarray(length);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  try {
    return await work(`mongodb://127.0.0.1:${port}/?directConnection=true`);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

function answerTo(message: Buffer, answer: CommandAnswer): Buffer {
  const request = message.readInt32LE(4);
  if (message.readInt32LE(12) === opcodes.message) {
    // Flags, then a section of kind 0 with the command.
    const command = BSON.deserialize(message.subarray(21, 21 + message.readInt32LE(21)));
    return framed(request, opcodes.message, [Buffer.alloc(5), documentFor(command, answer)]);
  }
  const start = message.indexOf(0, 20) + 1 + 8;
  const command = BSON.deserialize(message.subarray(start));
  const head = Buffer.alloc(20);
  head.writeInt32LE(1, 16);
  return framed(request, opcodes.reply, [head, documentFor(command, answer)]);
}

function documentFor(command: Document, answer: CommandAnswer): Uint8Array {
  const [name = ''] = Object.keys(command);
  const known = builtIn(name) ?? answer(command, name);
  return BSON.serialize(
    known === undefined
      ? { ok: 0, code: 59, codeName: 'CommandNotFound', errmsg: `no such command: ${name}` }
      : { ok: 1, ...known },
  );
}

function builtIn(name: string): Document | undefined {
  if (name === 'buildInfo') return { version: '8.0.4' };
  if (name === 'ping' || name === 'endSessions') return {};
  if (!/^(hello|ismaster)$/i.test(name)) return undefined;
  return {
    helloOk: true,
    ismaster: true,
    isWritablePrimary: true,
    msg: 'isdbgrid',
    maxBsonObjectSize: 16_777_216,
    maxMessageSizeBytes: 48_000_000,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    minWireVersion: 0,
    maxWireVersion: 25,
  };
}

function framed(request: number, opcode: number, parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(16);
  head.writeInt32LE(16 + body.length, 0);
  head.writeInt32LE(request, 8);
  head.writeInt32LE(opcode, 12);
  return Buffer.concat([head, body]);
}
