import { createLogger, format, type Logger, transports } from 'winston';

export type { Logger };

/**
 * The log of the server: one JSON object a line on the standard output. Callers pass no identity data: no search
 * value, no identifier, no name.
 */
export function createLog(level: string, stream: NodeJS.WritableStream = process.stdout): Logger {
  return createLogger({
    level,
    format: format.combine(format.timestamp(), format.json()),
    transports: [new transports.Stream({ stream })],
  });
}
