import { parentPort, workerData } from 'node:worker_threads';
import { executeSync, parse, validate } from 'graphql';
import { loadDefinitions } from '../../../fhir/definitions/load.ts';
import type { IntrospectionInput, IntrospectionOutput } from './introspection.ts';
import { createSchema } from './schema.ts';

const output = outputOf(workerData as IntrospectionInput);
parentPort!.postMessage(output, output.ok ? [output.answer.buffer as ArrayBuffer] : []);

function outputOf({ schema: input, text, variables }: IntrospectionInput): IntrospectionOutput {
  const schema = createSchema(loadDefinitions(), input);
  const document = parse(text);
  const [invalid] = validate(schema, document, undefined, { maxErrors: 1 });
  if (invalid !== undefined) return { ok: false, message: invalid.message };
  const { data, errors } = executeSync({ schema, document, variableValues: variables });
  if (errors !== undefined) return { ok: false, message: errors[0]!.message };
  return { ok: true, answer: new TextEncoder().encode(JSON.stringify({ data })) };
}
