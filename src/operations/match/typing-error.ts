/** Names below this length are too many to tell a typing error from another name. */
const shortest = 4;

/**
 * True when one text becomes the other by one letter: added, left out, replaced, or swapped with its neighbour.
 * Texts of less than four characters are never taken for each other.
 */
export function isOneLetterApart(a: string, b: string): boolean {
  if (a === b || Math.min(a.length, b.length) < shortest || Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  const [left, right] = [a.slice(start), b.slice(start)];
  if (left.slice(1) === right.slice(1) || left.slice(1) === right || left === right.slice(1)) return true;
  return left[0] === right[1] && left[1] === right[0] && left.slice(2) === right.slice(2);
}
