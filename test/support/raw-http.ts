import { connect } from 'node:net';

/**
 * Sends bytes to a server as they are, which no HTTP client would do with a malformed request.
 * @returns everything that the server answers until it closes the connection
 */
export function sendRaw(origin: string, request: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(request));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // A server may cut a connection of which it does not want to read the rest.
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
  });
}
