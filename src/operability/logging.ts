import type { Writable } from 'node:stream';
import { createLogger, format, type Logger, transports } from 'winston';

export type { Logger };

/** Bytes of the log that may wait for its reader. */
const mostWaiting = 16 * 1024 * 1024;

/**
 * The log of the server: one JSON object a line on the standard output. Callers pass no identity data: no search
 * value, no identifier, no name. The message of an error, in `stack`, ends where it begins to quote. While nobody
 * reads the log, lines are left out, so that it does not fill the memory; the next one says how many.
 */
export function createLog(level: string, stream: Writable = process.stdout): Logger {
  let linesLost = 0;
  const fits = format((entry) => {
    if (stream.writableLength > mostWaiting) {
      linesLost += 1;
      return false;
    }
    if (linesLost > 0) entry['linesLost'] = linesLost;
    linesLost = 0;
    return entry;
  });
  // The formats `timestamp` and `json` of winston take as long as all the rest of a log line.
  const text = format.printf((entry) =>
    JSON.stringify({ timestamp: new Date().toISOString(), ...safe(entry) }),
  );
  return createLogger({
    level,
    format: format.combine(fits(), text),
    transports: [new transports.Stream({ stream })],
  });
}

/** Errors of libraries quote what they could not read, such as the text of a resource. */
function safe<T extends object>(entry: T): T {
  const { stack } = entry as { stack?: unknown };
  return typeof stack === 'string' ? { ...entry, stack: withoutQuotations(stack) } : entry;
}

/** System errors quote the paths of files, which operators need to know. */
const systemError = /^Error: E[A-Z]+: /;

/** A stack whose message ends at its first quotation mark: what is quoted may hold such marks itself. */
function withoutQuotations(stack: string): string {
  if (systemError.test(stack)) return stack;
  const end = stack.search(/\n\s+at /);
  const [message, frames] = end < 0 ? [stack, ''] : [stack.slice(0, end), stack.slice(end)];
  return message.replace(/["'`].*/s, '…') + frames;
}
