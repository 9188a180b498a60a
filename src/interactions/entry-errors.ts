import { FhirError, type Issue } from '../fhir/error.ts';
import type { BundleEntry } from './bundle-entry.ts';

/** The refusal with each expression below its entry: `Patient.name` becomes `Bundle.entry[2].resource.name`. */
export function placed(error: FhirError, { index }: BundleEntry): FhirError {
  const issues = error.issues.map((issue): Issue => {
    const expression = requestElement(issue.expression ?? '');
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

/** Where an entry has what an HTTP request has in its URL and headers: `http.if-none-exist` is `request.ifNoneExist`. */
function requestElement(expression: string): string {
  const name = /^http\.(url|if-[a-z-]+)$/.exec(expression)?.[1];
  if (name === undefined) return expression;
  return `request.${name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())}`;
}
