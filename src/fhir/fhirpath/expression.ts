/** A compiled FHIRPath expression; it holds no state, so keep it. */
export interface Expression {
  /**
   * The values of the result as plain JSON values; dates, times and quantities that the expression made are their text and
   * `{ value, unit }`.
   * @throws FhirPathError where FHIRPath demands one value and there are several, and when the work limit is reached
   */
  evaluate(focus: Focus, environment: Environment): readonly unknown[];
  /**
   * Whether an invariant holds: a boolean is itself, nothing is false, anything else is true.
   * @throws FhirPathError as `evaluate` does
   */
  test(focus: Focus, environment: Environment): boolean;
}

/** The element that an expression is evaluated on. */
export interface Focus {
  /** Its JSON value; `undefined` for a primitive that has nothing but an id or extensions. */
  value: unknown;
  /** The entry of the `_name` property beside a primitive. */
  companion?: unknown;
  /** Its type, where the expression starts at a choice of several ones: `dateTime`. */
  type?: string | undefined;
}

/** What an expression may ask for beyond its focus. None of the functions may do I/O. */
export interface Environment {
  /** `%resource`: the resource that holds the focus. */
  resource: unknown;
  /** `%rootResource`: the container where `resource` is contained, else the same. */
  rootResource: unknown;
  /** `%context`; the focus unless told. */
  context?: Focus;
  /** The work limit and the memory of one validation, shared by the environments of all its resources. */
  work: Work;
  /** The resource that a reference, canonical or uri points to, `undefined` where it is not at hand. */
  resolve?(reference: string): unknown;
  /** Whether a code, Coding or CodeableConcept is in a value set; `undefined` where that is not known. */
  memberOf?(value: unknown, valueSet: string): boolean | undefined;
  /** Whether a value holds to a profile; `undefined` where that is not known. */
  conformsTo?(value: unknown, profile: string): boolean | undefined;
  /** A quantity in another UCUM unit, `undefined` where the units do not measure the same. */
  convert?(value: number, unit: string, target: string): number | undefined;
}

/** Steps that one validation may take unless told; some 0.2 s of work. */
const defaultSteps = 4_000_000;

/** How much the expressions of one validation may still do, and what they found out about its resources. */
export class Work {
  /** Values that may still be visited. */
  steps: number;
  /** Results that depend on a resource alone, by resource and by subexpression. */
  readonly results = new Map<unknown, Map<object, unknown>>();

  constructor(steps: number = defaultSteps) {
    this.steps = steps;
  }
}
