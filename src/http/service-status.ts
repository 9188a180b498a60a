import { Router } from 'express';

/** The state of a network that this server may be connected to, as its settings and its last call tell. */
export interface ServiceStatus {
  /** `not-configured`: nothing of it is called; `unknown`: it was not called since the start. */
  status: 'not-configured' | 'unknown' | 'up' | 'down';
  /** Instant of the last call, in ISO 8601. */
  lastProbe?: string;
}

/** `GET /<name>/status` for each service, to whoever reaches the API. */
export function serviceStatusRoutes(services: Readonly<Record<string, () => ServiceStatus>>): Router {
  const router = Router();
  for (const [name, state] of Object.entries(services)) {
    router.get(`/${name}/status`, (_request, response) => {
      const { status, lastProbe } = state();
      response.set('Cache-Control', 'no-store').json({
        service: name,
        configured: status !== 'not-configured',
        status,
        last_probe: lastProbe ?? null,
      });
    });
  }
  return router;
}
