#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Half of the time of a start goes into reading types out of the sources and compiling them. Where the folder cannot
// be written to, each start does it anew.
const cache = fileURLToPath(new URL('../../node_modules/.cache/passerelle', import.meta.url));
enableCompileCache(cache);
// Worker threads go by the environment.
process.env['NODE_COMPILE_CACHE'] ??= cache;

const { runCommand } = await import('./commands.ts');
process.exitCode = await runCommand(process.argv.slice(2));
