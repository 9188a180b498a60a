import { createLogger, format, type Logger, transports } from 'winston';

export type { Logger };

/**
 * The log of the server: one JSON object a line on the standard output. Callers pass no identity data: no search
 * value, no identifier, no name. The message of an error, in `stack`, ends where it begins to quote.
 */
export function createLog(level: string, stream: NodeJS.WritableStream = process.stdout): Logger {
  return createLogger({
    level,
    // The formats `timestamp` and `json` of winston take as long as all the rest of a log line.
    format: format.printf((entry) => JSON.stringify({ timestamp: new Date().toISOString(), ...safe(entry) })),
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
