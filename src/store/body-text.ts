import { type ResourceText, resourceText } from '../search/resource-text.ts';
import { isSealed } from './encryption/envelope.ts';

/** The words of a body as it is stored; a sealed one has none. */
export function bodyText(body: string, restricted: boolean): ResourceText {
  return isSealed(body) ? { narrative: '', content: '' } : resourceText(JSON.parse(body), restricted);
}
