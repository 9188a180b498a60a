import { createServer } from 'node:net';
import { Deadline } from '../../../src/store/mongo/deadline.ts';
import { guarded, isUnavailable, UnknownEnd } from '../../../src/store/mongo/errors.ts';

const refusal = {
  status: 503,
  issues: [expect.objectContaining({ code: 'transient' })],
  headers: { 'Retry-After': '5' },
};

function socketError(code: string): Error {
  return Object.assign(new Error(`write ${code}`), { code, syscall: 'write' });
}

test.each(['EPIPE', 'ECONNRESET', 'ECONNABORTED', 'ETIMEDOUT'])(
  'a connection lost in the middle of a write (%s) is the loss of the database, and the end of it unknown',
  async (code) => {
    const error = socketError(code);
    expect(isUnavailable(error)).toBe(true);
    const deadline = new Deadline(60_000);
    await expect(deadline.wait(Promise.reject(error))).rejects.toBe(error);
    deadline.send();
    await expect(deadline.wait(Promise.reject(error))).rejects.toThrow(UnknownEnd);
    await expect(guarded(() => Promise.reject(error))).rejects.toMatchObject(refusal);
  },
);

test('other failures of the operating system are none of the database', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as { port: number };
  const error = await new Promise((resolve) => {
    createServer().once('error', resolve).listen(port, '127.0.0.1');
  });
  taken.close();
  expect(isUnavailable(error)).toBe(false);
  await expect(guarded(() => Promise.reject(error))).rejects.toBe(error);
});
