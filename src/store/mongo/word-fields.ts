import type { TextExpression, TextQuery } from '../../search/expression.ts';
import type { TextPart } from '../../search/text-parts.ts';
import { wordsOf } from '../../search/text-words.ts';
import { bodyText } from '../body-text.ts';
import type { IndexFields } from './documents.ts';
import { allOf, anyOf, type Filter, not, nothing } from './filters.ts';
import { textsFrom } from './index-keys.ts';

/** The fields that have the text of a part; the content of a resource includes its narrative. */
const fieldsOfPart: Readonly<Record<TextPart, readonly ('narrative' | 'content')[]>> = {
  narrative: ['narrative'],
  content: ['narrative', 'content'],
};

/** The words of a body: each once for the index, and in their order for phrases. */
export function wordFields(body: string, restricted: boolean): Pick<IndexFields, 'words' | 'text'> {
  const { narrative, content } = bodyText(body, restricted);
  const parts = { narrative: wordsOf(narrative), content: wordsOf(content) };
  return {
    words: [
      ...new Set(fieldsOfPart.content.flatMap((field) => parts[field].map((word) => wordName(field, word)))),
    ],
    text: { narrative: inOrder(parts.narrative), content: inOrder(parts.content) },
  };
}

/** The condition that the text of a resource has the words. */
export function textFilter({ part, query }: TextExpression): Filter {
  if ('words' in query) return { $or: fieldsOfPart[part].map((field) => phraseFilter(field, query)) };
  const filterOf = (one: TextQuery) => textFilter({ kind: 'text', part, query: one });
  if ('any' in query) return anyOf(query.any.map(filterOf));
  return allOf([...query.all.map(filterOf), ...query.none.map((one) => not(filterOf(one)))]);
}

/** Reads of the index of words that together find what meets the query; `undefined` where no word has to be there. */
export function textReads({ part, query }: TextExpression): Filter[] | undefined {
  if ('words' in query) {
    // The longest word is likely to be the rarest.
    const whole = query.prefix ? query.words.slice(0, -1) : query.words;
    const longest = [...whole].sort((a, b) => b.length - a.length)[0];
    return fieldsOfPart[part].map((field) => ({
      words:
        longest === undefined
          ? { $elemMatch: textsFrom(wordName(field, query.words.at(-1) ?? '')) }
          : wordName(field, longest),
    }));
  }
  const readsOf = (one: TextQuery) => textReads({ kind: 'text', part, query: one });
  if ('all' in query) return query.all.map(readsOf).find((reads) => reads !== undefined);
  const alternatives = query.any.map(readsOf);
  return alternatives.every((reads) => reads !== undefined) ? alternatives.flat() : undefined;
}

function phraseFilter(
  field: 'narrative' | 'content',
  { words, prefix }: Extract<TextQuery, { words: string[] }>,
): Filter {
  const [first] = words;
  if (first === undefined) return nothing;
  if (words.length === 1) {
    return { words: prefix ? { $elemMatch: textsFrom(wordName(field, first)) } : wordName(field, first) };
  }
  // Words have letters and digits alone: there is nothing to escape.
  return { [`text.${field}`]: { $regex: ` ${words.join(' ')}${prefix ? '' : ' '}` } };
}

function wordName(field: 'narrative' | 'content', word: string): string {
  return field[0] + word;
}

function inOrder(words: readonly string[]): string {
  return words.length === 0 ? '' : ` ${words.join(' ')} `;
}
