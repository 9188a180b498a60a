import { publicOrigin, readSettings } from '../operability/settings.ts';
import { type Core, openCore } from '../server-core.ts';
import { checkCopyEnded } from '../store/copy/progress.ts';

/** Runs work on the store of the settings, beside a running server or without one, and closes it. */
export async function withCore<T>(work: (core: Core) => Promise<T>): Promise<T> {
  const settings = readSettings(process.env);
  const core = await openCore(settings, publicOrigin(settings));
  try {
    await checkCopyEnded(core.stores.transfer);
    return await work(core);
  } finally {
    await core.close();
  }
}
