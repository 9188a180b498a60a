import { Router } from 'express';

export interface HealthOptions {
  /** Resolves to the state of each part that the server cannot work without; `ok` or why not. */
  readiness(): Promise<Record<string, string>>;
  /** The indexes that the database builds beside the requests, which do without them meanwhile; for operators. */
  indexBuilds?: { readonly building: readonly string[]; readonly failed: readonly string[] };
}

/** `GET /health/live`: the process answers. `GET /health/ready`: it can do its work, else 503. */
export function healthRoutes({ readiness, indexBuilds }: HealthOptions): Router {
  const router = Router();
  router.get('/live', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/ready', async (_request, response) => {
    const parts = await readiness();
    const ready = Object.values(parts).every((state) => state === 'ok');
    const indexes = indexBuilds && { building: indexBuilds.building, failed: indexBuilds.failed };
    response.status(ready ? 200 : 503).json({ status: ready ? 'ok' : 'unavailable', parts, indexes });
  });
  return router;
}
