import type { IncomingMessage } from 'node:http';

/** How long the rest of a refused request is read, in milliseconds. */
const patience = 2000;

/**
 * Reads on what is left of a request that was refused before its end, and forgets it. A connection that is closed on
 * data that nobody reads is reset, and with it goes the answer, if the caller has not read it yet.
 * @param done called once, when the request has ended or the patience has
 */
export function readOn(request: IncomingMessage, done: () => void): void {
  const finish = () => {
    clearTimeout(timer);
    request.off('end', finish).off('close', finish);
    done();
  };
  const timer = setTimeout(finish, patience);
  request.on('end', finish).on('close', finish).resume();
}
