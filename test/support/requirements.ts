import { execFileSync, spawnSync } from 'node:child_process';

/** Commands that the tests run beside Node.js, each in the Debian package of its name. */
const commands = ['curl', 'openssl', 'bzip2', 'chromium'];

const missing = commands.filter((command) => spawnSync(command, ['--version']).error !== undefined);
if (missing.length > 0) {
  console.log(`The tests need ${missing.join(', ')}: installing with apt-get`);
  execFileSync('apt-get', ['update', '-qq'], { stdio: 'inherit' });
  execFileSync('apt-get', ['install', '-y', '-qq', ...missing], { stdio: 'inherit' });
}
