import { setTimeout } from 'node:timers/promises';
import type { SearchParameter } from 'fhir/r4.d.ts';
import type { Answer, FhirHttp } from './fhir-http.ts';

/** An active token parameter of Patient, with changes. */
export function searchParameter(changes: Partial<SearchParameter> & { code: string }): SearchParameter {
  return {
    resourceType: 'SearchParameter',
    url: `http://x.test/SearchParameter/${changes.code}`,
    name: 'Custom',
    status: 'active',
    description: 'A parameter of a test',
    base: ['Patient'],
    type: 'token',
    expression: 'Patient.maritalStatus',
    ...changes,
  };
}

/** Repeats a search while its index is being built; any other answer is the answer. */
export async function whenIndexed(http: FhirHttp, search: string): Promise<Answer> {
  for (;;) {
    const answer = await http.get(search);
    if (answer.status !== 503) return answer;
    await setTimeout(20);
  }
}
