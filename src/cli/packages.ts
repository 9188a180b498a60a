import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConformance } from '../fhir/conformance/load.ts';
import { unusableResources } from '../fhir/packages/check-packages.ts';
import { installPackage } from '../fhir/packages/install-package.ts';
import { type LoadedPackages, loadPackages } from '../fhir/packages/loaded-packages.ts';
import { isConformanceResource } from '../fhir/packages/package-layer.ts';
import { readSettings } from '../operability/settings.ts';
import { packagesDirectory } from '../server-packages.ts';
import type { Command } from './command.ts';

const help = `passerelle packages add FILE
  Copies a FHIR package (a .tgz file, or a folder of one) into the folder of packages (PACKAGES_DIR), if it is one of
  FHIR R4. A server that runs takes it up within seconds.
passerelle packages list
  Prints the packages, and those that cannot be read with the reason.
passerelle packages check
  Reads every profile, value set, code system and concept map of the packages, and prints what cannot be used and which
  packages are missing. Exit code 1 when a package or a resource cannot be used.`;

/** Runs `passerelle packages`. */
async function run(args: string[]): Promise<number> {
  const { positionals } = parseArgs({ args, allowPositionals: true });
  const [command, operand, ...rest] = positionals;
  const needsOperand = command === 'add';
  const isKnown = ['add', 'list', 'check'].includes(command ?? '');
  if (!isKnown || needsOperand !== (operand !== undefined) || rest.length > 0) {
    console.error(help);
    return 2;
  }
  const directory = packagesDirectory(readSettings(process.env));
  if (operand !== undefined) {
    const { name, version, path } = await installPackage(resolve(operand), directory);
    console.log(`${name}#${version} is in ${path}`);
    printMissing(await loadPackages(directory));
    return 0;
  }
  const loaded = await loadPackages(directory);
  if (command === 'list') list(loaded);
  else return check(loaded);
  return 0;
}

function list({ packages, broken }: LoadedPackages): void {
  for (const { name, version, resources } of packages) {
    const used = resources.filter(isConformanceResource).length;
    const parameters = resources.filter(({ resourceType }) => resourceType === 'SearchParameter').length;
    console.log(`${name}#${version}: ${used} profiles and terminology, ${parameters} search parameters`);
  }
  printBroken(broken);
}

function printBroken(broken: LoadedPackages['broken']): void {
  for (const { path, reason } of broken) console.log(`broken: ${path}: ${reason}`);
}

function check(loaded: LoadedPackages): number {
  const unusable = unusableResources(loaded, loadConformance([loaded.layer]));
  printBroken(loaded.broken);
  for (const { package: of, canonical, problem } of unusable) console.log(`${of}: ${canonical}: ${problem}`);
  printMissing(loaded);
  const failures = loaded.broken.length + unusable.length;
  console.log(
    `${loaded.packages.length} packages, ${failures === 0 ? 'all usable' : `${failures} problems`}`,
  );
  return failures === 0 ? 0 : 1;
}

function printMissing({ missing }: LoadedPackages): void {
  for (const { name, version, neededBy, versionsThere } of missing) {
    const others = versionsThere.length === 0 ? '' : `, there is ${versionsThere.join(', ')}`;
    console.log(`missing: ${name}#${version}, for ${neededBy.join(', ')}${others}`);
  }
}

export const packagesCommand: Command = { help, run };
