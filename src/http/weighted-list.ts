/** An item of a header such as Accept, with its weight (RFC 9110, 12.4.2). */
export interface WeightedItem {
  /** In lower case, without parameters. */
  name: string;
  /** The item as it is written, parameters included. */
  text: string;
  /** From 0, not acceptable, to 1. */
  weight: number;
}

/** Reads a list of weighted items; a weight that cannot be read counts as 1. */
export function weightedList(header: string): WeightedItem[] {
  return header.split(',').map((text) => {
    const weight = /;\s*q=([01](?:\.\d{0,3})?)\s*(?:;|$)/i.exec(text)?.[1];
    return { name: withoutParameters(text), text, weight: Math.min(Number(weight ?? 1), 1) };
  });
}

/** What stands before the parameters of a header value, in lower case. */
export function withoutParameters(text: string): string {
  const end = text.indexOf(';');
  return (end < 0 ? text : text.slice(0, end)).trim().toLowerCase();
}
