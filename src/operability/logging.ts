import { createLogger, format, type Logger, transports } from 'winston';
import { MESSAGE } from 'triple-beam';

export type { Logger };

const jsonLine = format((info) => {
  info[MESSAGE] = JSON.stringify({ timestamp: new Date().toISOString(), ...info });
  return info;
});

/**
 * The log of the server: one JSON object a line on the standard output. Callers pass no identity data: no search
 * value, no identifier, no name.
 */
export function createLog(level: string, stream: NodeJS.WritableStream = process.stdout): Logger {
  return createLogger({
    level,
    format: jsonLine(),
    transports: [new transports.Stream({ stream })],
  });
}
