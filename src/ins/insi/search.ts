import type { StrictTraits } from '../traits.ts';
import { readSearchResult } from './answer.ts';
import type { Exchange, ExchangeResult } from './exchange.ts';
import type { EmptyAnswer, InsiFailure, InsiIdentity, SearchAnswer } from './port.ts';
import { planSearch, searchBody } from './search-request.ts';
import type { InsiLimits, InsiSettings } from './settings.ts';
import { addExchange, startTrace } from './trace.ts';

const operation = 'rechercherInsAvecTraitsIdentite';

type CallAnswer = { outcome: 'found'; identity: InsiIdentity; rawAnswer: string } | EmptyAnswer | InsiFailure;

/**
 * Searches by traits, one given name per call. The loop ends with an identity or a failure; after it,
 * the calls that found several identities are made again with the birth place.
 */
export function createSearch(
  exchange: Exchange,
  { source, acceptedOids }: Pick<InsiSettings, 'source' | 'acceptedOids'>,
  { settleWithBirthPlace }: Pick<InsiLimits, 'settleWithBirthPlace'>,
  now: () => number,
): (traits: StrictTraits) => Promise<SearchAnswer> {
  return async (traits) => {
    let trace = startTrace(source, operation, 'confirmed', now);
    const planned = planSearch(traits);
    if ('failure' in planned) return { ...planned.failure, trace };
    const { plan } = planned;

    const call = async (givenName: string, withBirthPlace: boolean): Promise<CallAnswer> => {
      const result = await exchange(operation, searchBody(plan, givenName, withBirthPlace));
      const { answer, code } = readCall(result, acceptedOids);
      trace = addExchange(trace, result, code, now);
      return answer;
    };

    const severalFor: string[] = [];
    let nobody: CallAnswer | undefined;
    let several: CallAnswer | undefined;
    for (const givenName of plan.givenNames) {
      const answer = await call(givenName, false);
      if (answer.outcome === 'not-found') nobody = answer;
      else if (answer.outcome !== 'ambiguous') return { ...answer, trace };
      else {
        several = answer;
        severalFor.push(givenName);
      }
    }
    // A plan has at least one given name, so that one of the two is there.
    if (several === undefined) return { ...nobody!, trace };
    const toSettle = settleWithBirthPlace && plan.birthPlace !== undefined ? severalFor : [];
    for (const givenName of toSettle) {
      const answer = await call(givenName, true);
      if (answer.outcome !== 'not-found' && answer.outcome !== 'ambiguous') return { ...answer, trace };
    }
    // The place may be what is wrong in the record: several identities stay several.
    return { ...several, trace: { ...trace, insiCode: '02' } };
  };
}

function readCall(
  result: ExchangeResult,
  acceptedOids: readonly string[],
): { answer: CallAnswer; code?: string } {
  if (result.kind === 'failure') return { answer: result.failure };
  const rawAnswer = result.raw;
  const read = readSearchResult(result.element);
  switch (read.kind) {
    case 'malformed':
      return { answer: { outcome: 'unavailable', reason: 'malformed-answer' } };
    case 'identity': {
      const { code, identity } = read;
      // An identity of another environment must not pass for one of this one.
      if (!acceptedOids.includes(identity.active.oid)) {
        return { answer: { outcome: 'misconfigured', reason: 'oid-not-accepted' }, code };
      }
      return { answer: { outcome: 'found', identity, rawAnswer }, code };
    }
    case 'code':
      return { answer: { ...meaningOfCode(read.code), rawAnswer }, code: read.code };
  }
}

function meaningOfCode(code: string) {
  if (code === '01') return { outcome: 'not-found' as const };
  if (code === '02') return { outcome: 'ambiguous' as const };
  return { outcome: 'unknown-code' as const, code };
}
