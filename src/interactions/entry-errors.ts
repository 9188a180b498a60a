import { FhirError, type Issue } from '../fhir/error.ts';
import type { BundleEntry } from './bundle-entry.ts';

/** The refusal with each expression below its entry: `Patient.name` becomes `Bundle.entry[2].resource.name`. */
export function placed(error: FhirError, { index }: BundleEntry): FhirError {
  const issues = error.issues.map((issue): Issue => {
    const expression = issue.expression ?? '';
    const inner = /^(request|resource|fullUrl)\b/.test(expression)
      ? expression
      : /^[A-Z]/.test(expression)
        ? `resource${expression.replace(/^[A-Za-z]+/, '')}`
        : '';
    return {
      ...issue,
      expression: `Bundle.entry[${index}]${inner && `.${inner}`}`,
    };
  });
  return new FhirError(error.status, issues, error.headers);
}

/** Runs work on an entry; a refusal names the entry. */
export async function within<T>(entry: BundleEntry, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof FhirError ? placed(error, entry) : error;
  }
}

/** Like `within`, for work that waits for nothing. */
export function withinSync<T>(entry: BundleEntry, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof FhirError ? placed(error, entry) : error;
  }
}
