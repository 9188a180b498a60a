/** An expression outside the FHIRPath subset of this server; the message says what and where. */
export class FhirPathError extends Error {
  constructor(problem: string, expression: string) {
    super(`${problem} in the FHIRPath expression: ${expression}`);
    this.name = 'FhirPathError';
  }
}
