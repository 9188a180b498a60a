const scripts = {
  writer: new URL('./writer.worker.ts', import.meta.url),
  reader: new URL('./reader.worker.ts', import.meta.url),
  backup: new URL('./backup.worker.ts', import.meta.url),
  checkpoint: new URL('./checkpoint.worker.ts', import.meta.url),
};

/**
 * The script of a worker thread. In a build it ends in `.js` like this module: the compiler rewrites import
 * specifiers alone.
 */
export function workerScript(name: keyof typeof scripts): URL {
  const { href } = scripts[name];
  return new URL(import.meta.url.endsWith('.ts') ? href : href.replace(/\.ts$/, '.js'));
}
