import { structureDefinitionsOfR4 } from '../fhir/canonical.ts';
import type { Issue } from '../fhir/error.ts';
import type { Resource } from '../fhir/resource.ts';

/** One check of a value, which stands at the current place of the context. */
export type Check = (value: unknown, context: ValidationContext) => void;

/** A check that follows another one, on values in which that one found nothing. */
export function inTurn(first: Check, second: Check | undefined): Check {
  if (second === undefined) return first;
  return (value, context) => {
    const before = context.found;
    first(value, context);
    if (context.found === before) second(value, context);
  };
}

/** An invariant of R4 that the check of the structure has in code. */
export interface Invariant {
  type: string;
  key: string;
}

/** Further issues of one resource would not help its author, and must not cost the server. */
const mostIssues = 100;

/** Steps of the path, well above what a document of 64 levels takes. */
const greatestDepth = 256;

/** The state of one validation: the place where it stands and the issues found so far, in document order. */
export class ValidationContext {
  readonly issues: Issue[] = [];
  /** How many issues were found, those beyond the limit included. */
  found = 0;
  /** Type of the innermost resource, whose definition has the rules where nothing else is said. */
  resourceType = 'Resource';
  /** The resource that holds the contained resources which a `#id` may point to. */
  container: Resource;
  /** Element names and indexes from the root; those beyond `depth` are left over. */
  readonly #steps: (string | number)[] = [];
  #depth = 0;

  constructor(root: Resource) {
    this.container = root;
  }

  enter(step: string | number): void {
    this.#steps[this.#depth++] = step;
  }

  /** True at a depth that no parsed document reaches and that would exhaust the call stack further down. */
  get isTooDeep(): boolean {
    return this.#depth > greatestDepth;
  }

  leave(): void {
    this.#depth--;
  }

  /**
   * Notes an issue of severity error at the current place. The diagnostics never carry a value.
   * @param invariant the one that is broken, and the type that has it
   */
  report(code: Issue['code'], diagnostics: string, invariant?: Invariant): void {
    if (++this.found > mostIssues) return;
    const profile = structureDefinitionsOfR4 + (invariant?.type ?? this.resourceType);
    this.issues.push({
      severity: 'error',
      code,
      diagnostics,
      expression: this.#expression(),
      profile,
      ...(invariant === undefined ? {} : { details: { system: profile, code: invariant.key } }),
    });
  }

  /** Notes an issue at a child of the current place. */
  reportAt(child: string, code: Issue['code'], diagnostics: string, invariant?: Invariant): void {
    this.enter(child);
    this.report(code, diagnostics, invariant);
    this.leave();
  }

  #expression(): string {
    let expression = '';
    for (const step of this.#steps.slice(0, this.#depth)) {
      if (typeof step === 'number') expression += `[${step}]`;
      else expression += expression === '' ? step : `.${step}`;
    }
    return expression;
  }
}
