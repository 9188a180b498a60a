/**
 * A worker's script beside this file: `.ts` when Node.js runs the sources, `.js` in a build. The compiler rewrites
 * import specifiers alone, so the ending is taken from this module's own name.
 */
export function workerScript(name: 'writer' | 'reader' | 'backup'): URL {
  const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  return new URL(`./${name}.worker${ending}`, import.meta.url);
}
