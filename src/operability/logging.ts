import { createLogger, format, type Logger, transports } from 'winston';

export type { Logger };

/**
 * The log of the server: one JSON object a line on the standard output. Callers pass no identity data: no search
 * value, no identifier, no name.
 */
export function createLog(level: string, stream: NodeJS.WritableStream = process.stdout): Logger {
  return createLogger({
    level,
    // The formats `timestamp` and `json` of winston take as long as all the rest of a log line.
    format: format.printf((entry) => JSON.stringify({ timestamp: new Date().toISOString(), ...entry })),
    transports: [new transports.Stream({ stream })],
  });
}
