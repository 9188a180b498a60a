import { fold } from './fold.ts';

/** The words of a text as they are compared: folded runs of letters and digits. */
export function wordsOf(text: string): string[] {
  return fold(text).match(/[\p{L}\p{N}\p{Co}]+/gu) ?? [];
}
