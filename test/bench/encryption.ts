import { join } from 'node:path';
import { removeFolder, runPasserelle, temporaryFolder } from './processes.ts';
import { type ComparedSettings, type Comparison, compareSettings } from './two-settings.ts';

/** Measures a server whose database is in clear and one whose database is encrypted. */
export async function measureEncryption(
  options: Pick<Comparison, 'store' | 'patients' | 'seconds' | 'progress'>,
): Promise<ComparedSettings[]> {
  const keys = await temporaryFolder();
  try {
    return await compareSettings({
      ...options,
      names: new Set(['read', 'identifier', 'update', 'create']),
      settings: { ENCRYPTION_KEYS_FILE: join(keys, 'keys.json') },
      prepare: (settings) => runPasserelle(['keys', 'add'], settings),
    });
  } finally {
    await removeFolder(keys);
  }
}
