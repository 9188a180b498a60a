import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { createLog } from '../../src/operability/logging.ts';

/** What a log writes for an entry. */
function written(level: string, log: (to: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  log(createLog(level, stream));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

function thrown(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

test('a line is one JSON object with its time, level and message', () => {
  const [line] = written('info', (log) => log.info('listening', { port: 3000 }));
  expect(line).toEqual({ timestamp: expect.any(String), level: 'info', message: 'listening', port: 3000 });
});

test('what is less severe than the level is left out', () => {
  expect(written('warn', (log) => log.info('listening'))).toEqual([]);
});

test.each([
  ['JSON that is none', () => JSON.parse('{"family":"Adrun","given":Adrun}')],
  ['JSON that begins badly', () => JSON.parse('Adrun')],
  [
    'an error that quotes',
    () => {
      throw new Error("duplicate key: { value: 'Adrun' }, \"Adrun\", `Adrun` and 'Adrun");
    },
  ],
  [
    'an error of several lines',
    () => {
      throw new Error('cannot read "Adrun\nAdrun"');
    },
  ],
])('of an error what it quotes is not logged, where it happened is: %s', (_, work) => {
  const { stack } = thrown(work);
  expect(stack).toContain('Adrun');
  const [line] = written('info', (log) => log.error('failure', { stack }));
  expect(line?.['stack']).not.toContain('Adrun');
  expect(line?.['stack']).toMatch(/Error: .*\n {4}at .*logging\.test\.ts/s);
});

test('the path that a system error quotes is logged', () => {
  const { stack } = thrown(() => readFileSync('/nowhere/policy.json'));
  const [line] = written('info', (log) => log.error('failure', { stack }));
  expect(line?.['stack']).toContain("open '/nowhere/policy.json'");
});

test('lines that nobody reads are left out beyond a bound, and counted', () => {
  const taken: string[] = [];
  const done: (() => void)[] = [];
  const stream = new Writable({
    write(chunk, _encoding, next) {
      taken.push(String(chunk));
      done.push(next);
    },
  });
  const log = createLog('info', stream);
  const line = 'x'.repeat(1024 * 1024);
  for (let n = 0; n < 40; n += 1) log.info(line);
  expect(stream.writableLength).toBeLessThan(20 * 1024 * 1024);
  while (done.length > 0) done.shift()?.();
  const { length } = taken;
  log.info('read again');
  expect(JSON.parse(taken[length] ?? '')).toMatchObject({ message: 'read again', linesLost: 40 - length });
});
