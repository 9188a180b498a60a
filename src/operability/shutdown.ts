import type { Server } from 'node:http';

/**
 * Stops a server gracefully: no new connection, what is in flight ends within the grace period, idle connections
 * are closed at once.
 * @param grace milliseconds after which open connections are cut
 */
export async function closeGracefully(server: Server, grace: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  // A connection that becomes idle while others finish would hold the server open by keep-alive.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), grace);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}
