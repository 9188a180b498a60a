/** Writes the FHIR JSON of the definitions of FR Core beside their source: `node profiles/generator/main.ts`. */
import { writeFileSync } from 'node:fs';
import { generatedFiles } from './generate.ts';

for (const { path, text } of generatedFiles()) writeFileSync(new URL(`../${path}`, import.meta.url), text);
