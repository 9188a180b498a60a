import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { guarded } from '../../../src/store/mongo/errors.ts';

/** The error of a write to a connection whose other side has ended it. */
async function lateWrite(): Promise<Error> {
  const server = createServer((socket) => socket.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket: Socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.resume();
  await once(socket, 'end');
  server.close();
  const failure = once(socket, 'error');
  socket.write('late');
  return (await failure)[0] as Error;
}

test('a write to a connection that the database has just ended can be made again later', async () => {
  const error = await lateWrite();
  expect(error).toMatchObject({ code: 'EPIPE' });
  await expect(guarded(() => Promise.reject(error))).rejects.toMatchObject({ status: 503 });
});

test('any other error of a code is passed on', async () => {
  const error = Object.assign(new Error('no entry'), { code: 'ENOENT' });
  await expect(guarded(() => Promise.reject(error))).rejects.toBe(error);
});
