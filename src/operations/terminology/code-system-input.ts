import type { CodeSystem } from 'fhir/r4.d.ts';
import type { OperationInvocation } from '../../interactions/operation.ts';
import type { GivenParameters } from '../../interactions/operation-parameters.ts';
import type { Spine } from '../../interactions/spine.ts';
import type { TerminologyScope } from '../../interactions/terminology/service.ts';
import { indexedInSteps } from '../../interactions/terminology/stored-resources.ts';
import type { CodeSystemIndex } from '../../terminology/code-system-index.ts';
import { calledOn, givenResource } from './given.ts';

/** The code system of a call that names it by its address or sends it, and its URL. */
export interface GivenCodeSystem {
  url: string;
  version: string | undefined;
  index: CodeSystemIndex | undefined;
}

/**
 * The code system that a call is made on, or that it sends along; undefined where it does neither.
 * @throws FhirError 404 or 410 when the instance is not there, 400 when what is sent is no R4
 */
export async function givenCodeSystem(
  spine: Spine,
  scope: TerminologyScope,
  given: GivenParameters,
  invocation: OperationInvocation,
): Promise<GivenCodeSystem | undefined> {
  const instance = await calledOn<CodeSystem>(invocation);
  if (instance !== undefined) {
    const { url, version, content } = instance;
    // A part of a code system stands for the whole, which is stored in several.
    const index =
      content === 'fragment' && url !== undefined
        ? await scope.codeSystem(url, version)
        : await indexedInSteps(instance);
    return { url: url ?? '', version, index };
  }
  const sent = givenResource<CodeSystem>(spine, given, 'codeSystem', 'CodeSystem');
  if (sent === undefined) return undefined;
  return { url: sent.url ?? '', version: sent.version, index: await indexedInSteps(sent) };
}
