import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoBundle } from '../../seeds/demo/index.ts';
import { readSettings } from '../../src/operability/settings.ts';
import { type RunningServer, type ServerParts, startServer } from '../../src/server.ts';
import { logOf, noteSent } from './confidentiality.ts';
import { dropStore, storeSettings } from './store-under-test.ts';

/** A server of its own on a free port, over an empty data folder that goes with it. */
export interface TestServer {
  /** URL without path. */
  origin: string;
  /** FHIR base URL. */
  fhir: string;
  directory: string;
  running: RunningServer;
  /**
   * Stops the server and removes its data.
   * @throws Error when its log, its metrics or its refusals tell who a person is
   */
  stop(): Promise<void>;
}

/** Starts a server without demo data and without log lines, unless the environment given says otherwise. */
export async function startTestServer(
  environment: Record<string, string> = {},
  parts: ServerParts = {},
): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'passerelle-'));
  const settings = readSettings({
    NODE_ENV: 'test',
    PORT: '0',
    SEED: 'none',
    LOG_LEVEL: 'error',
    DATA_DIR: directory,
    ...(await storeSettings(environment['DATA_DIR'] ?? directory)),
    ...environment,
  });
  const running = await startServer(settings, parts);
  const written = logOf(running);
  if (settings.SEED === 'demo') noteSent(demoBundle());
  return {
    origin: running.origin,
    fhir: `${running.origin}/fhir`,
    directory,
    running,
    async stop() {
      written.add(await running.core.metrics.text());
      await running.close();
      await dropStore(directory);
      await rm(directory, { recursive: true, force: true });
      written.check();
    },
  };
}
