import type { Parameters, ParametersParameter, ValueSet } from 'fhir/r4.d.ts';
import type { Resource } from '../../fhir/resource.ts';
import { AnswerCache } from './answer-cache.ts';

/** Where the other terminology server is and how it is asked. */
export interface RemoteSettings {
  /** FHIR base without trailing slash. */
  baseUrl: string;
  /** How long an answer is waited for, in milliseconds. */
  timeout: number;
  /** How long an answer is kept, in milliseconds. */
  lifetime: number;
}

/** Stops asking a server that fails. */
export interface RemoteBreaker {
  admit(): { admitted: boolean };
  settled(failed: boolean): void;
}

/** What the server around offers. */
export interface RemoteSurroundings {
  /** Whether an answer holds to the structure of R4: it may go to a caller as it is. */
  isValid(resource: Resource): boolean;
  /** Is told why the other server could not be asked. */
  onFailure(reason: string): void;
  /** Milliseconds since 1970 UTC, the clock by default. */
  now?: () => number;
}

/** What is asked about a code; never a display or a text, in which somebody may have written anything. */
export interface RemoteCode {
  system?: string | undefined;
  version?: string | undefined;
  code: string;
}

/** What another server says of a code. */
export interface RemoteValidation {
  result: boolean;
  message?: string;
  display?: string;
}

/** Which members of a value set are asked for. */
export interface RemoteExpansion {
  filter?: string | undefined;
  offset?: number | undefined;
  count?: number | undefined;
  activeOnly?: boolean | undefined;
  excludeNested?: boolean | undefined;
  includeDesignations?: boolean | undefined;
  displayLanguage?: string | undefined;
}

/** Longest answer that is read, in bytes: an expansion of as many codes as one answer holds takes two million. */
const longestAnswer = 4 << 20;

/** Statuses by which the other server says that it knows nothing of what it was asked. */
const knowsNothing = [400, 404, 410, 422];

/**
 * Another terminology server (R4 terminology-service.html), asked for what cannot be decided here. Whatever goes wrong
 * there, the answer is that there is none: it never makes a request fail.
 */
export class RemoteTerminology {
  readonly #settings: RemoteSettings;
  readonly #breaker: RemoteBreaker;
  readonly #answers: AnswerCache<Parameters | ValueSet | undefined>;
  readonly #surroundings: RemoteSurroundings;

  constructor(settings: RemoteSettings, breaker: RemoteBreaker, surroundings: RemoteSurroundings) {
    this.#settings = settings;
    this.#breaker = breaker;
    this.#surroundings = surroundings;
    this.#answers = new AnswerCache(settings.lifetime, surroundings.now ?? Date.now);
  }

  /** Whether a code is in a value set, which is sent along where this server has its definition. */
  async validateInValueSet(
    valueSet: string | ValueSet,
    code: RemoteCode,
  ): Promise<RemoteValidation | undefined> {
    const answer = await this.#ask('ValueSet/$validate-code', [
      valueSetParameter(valueSet),
      ...codeParameters(code, 'systemVersion'),
    ]);
    return validationOf(answer);
  }

  /** Whether a code system has a code. */
  async validateInCodeSystem({ system, version, code }: RemoteCode): Promise<RemoteValidation | undefined> {
    const answer = await this.#ask('CodeSystem/$validate-code', [
      ...(system === undefined ? [] : [{ name: 'url', valueUri: system }]),
      { name: 'code', valueCode: code },
      ...(version === undefined ? [] : [{ name: 'version', valueString: version }]),
    ]);
    return validationOf(answer);
  }

  /** The answer of `$lookup` as the other server gives it. */
  async lookup(
    code: RemoteCode,
    properties: readonly string[],
    language: string | undefined,
  ): Promise<Parameters | undefined> {
    const answer = await this.#ask('CodeSystem/$lookup', [
      ...codeParameters(code, 'version'),
      ...properties.map((valueCode) => ({ name: 'property', valueCode })),
      ...(language === undefined ? [] : [{ name: 'displayLanguage', valueCode: language }]),
    ]);
    return answer?.resourceType === 'Parameters' && this.#mayBePassedOn(answer) ? answer : undefined;
  }

  /** The expansion of a value set. */
  async expand(valueSet: string | ValueSet, wishes: RemoteExpansion): Promise<ValueSet | undefined> {
    const { filter, offset, count, displayLanguage } = wishes;
    const flags = ['activeOnly', 'excludeNested', 'includeDesignations'] as const;
    const answer = await this.#ask('ValueSet/$expand', [
      valueSetParameter(valueSet),
      ...(filter === undefined ? [] : [{ name: 'filter', valueString: filter }]),
      ...(offset === undefined ? [] : [{ name: 'offset', valueInteger: offset }]),
      ...(count === undefined ? [] : [{ name: 'count', valueInteger: count }]),
      ...flags.flatMap((name) => (wishes[name] === undefined ? [] : [{ name, valueBoolean: wishes[name] }])),
      ...(displayLanguage === undefined ? [] : [{ name: 'displayLanguage', valueCode: displayLanguage }]),
    ]);
    const isExpansion = answer?.resourceType === 'ValueSet' && answer.expansion !== undefined;
    return isExpansion && this.#mayBePassedOn(answer) ? answer : undefined;
  }

  /** Not every answer can be written as XML, or is what a client expects of this server. */
  #mayBePassedOn(answer: Parameters | ValueSet): boolean {
    const isValid = this.#surroundings.isValid(answer as unknown as Resource);
    if (!isValid) this.#surroundings.onFailure('answer not valid');
    return isValid;
  }

  async #ask(
    path: string,
    parameter: readonly ParametersParameter[],
  ): Promise<Parameters | ValueSet | undefined> {
    const body = JSON.stringify({ resourceType: 'Parameters', parameter });
    return this.#answers.get(`${path} ${body}`, () => this.#send(path, body));
  }

  /** @returns undefined as the answer where the server has none, and no answer at all where it fails */
  async #send(
    path: string,
    body: string,
  ): Promise<{ answer: Parameters | ValueSet | undefined } | undefined> {
    if (!this.#breaker.admit().admitted) return undefined;
    const failed = (reason: string) => {
      this.#breaker.settled(true);
      this.#surroundings.onFailure(reason);
      return undefined;
    };
    try {
      const response = await fetch(`${this.#settings.baseUrl}/${path}`, {
        method: 'POST',
        body,
        headers: { 'Content-Type': 'application/fhir+json', Accept: 'application/fhir+json' },
        // The settings name the one address that questions go to.
        redirect: 'manual',
        signal: AbortSignal.timeout(this.#settings.timeout),
      });
      const { ok, status } = response;
      if (!ok) await response.body?.cancel();
      if (!ok && !knowsNothing.includes(status)) return failed(`status ${status}`);
      const answer = ok ? resourceOf(await limitedText(response)) : undefined;
      if (ok && answer === undefined) return failed('answer not understood');
      this.#breaker.settled(false);
      return { answer };
    } catch (error) {
      // The message of a failed request names addresses, and that of bad JSON a part of the answer.
      const { name, cause } = error as Error & { cause?: { code?: string } };
      return failed(cause?.code ?? name);
    }
  }
}

async function limitedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > longestAnswer) throw new RangeError('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function resourceOf(text: string): Parameters | ValueSet | undefined {
  const resource = JSON.parse(text) as { resourceType?: unknown } | null;
  return resource?.resourceType === 'Parameters' || resource?.resourceType === 'ValueSet'
    ? (resource as Parameters | ValueSet)
    : undefined;
}

/** A value set by its URL, or with what defines it. */
function valueSetParameter(valueSet: string | ValueSet): ParametersParameter {
  if (typeof valueSet === 'string') return { name: 'url', valueUri: valueSet };
  const { url, version, status, compose } = valueSet;
  const resource: ValueSet = {
    resourceType: 'ValueSet',
    ...(url === undefined ? {} : { url }),
    ...(version === undefined ? {} : { version }),
    status,
    ...(compose === undefined ? {} : { compose }),
  };
  return { name: 'valueSet', resource };
}

function codeParameters({ system, version, code }: RemoteCode, versionName: string): ParametersParameter[] {
  return [
    { name: 'code', valueCode: code },
    ...(system === undefined ? [] : [{ name: 'system', valueUri: system }]),
    ...(version === undefined ? [] : [{ name: versionName, valueString: version }]),
  ];
}

function validationOf(answer: Parameters | ValueSet | undefined): RemoteValidation | undefined {
  if (answer?.resourceType !== 'Parameters') return undefined;
  // Anything may have been sent.
  const given: unknown = answer.parameter;
  const parameters = Array.isArray(given) ? (given as (ParametersParameter | null)[]) : [];
  const one = (name: string) => parameters.find((parameter) => parameter?.name === name);
  const result = one('result')?.valueBoolean;
  if (typeof result !== 'boolean') return undefined;
  const [message, display] = [one('message')?.valueString, one('display')?.valueString];
  return {
    result,
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof display === 'string' ? { display } : {}),
  };
}
