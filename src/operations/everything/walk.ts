import { referenceTo } from '../../fhir/reference.ts';
import type { ResourceStore, StoredVersion } from '../../store/contract.ts';
import type { Foci } from './foci.ts';
import type { EverythingInput } from './input.ts';
import { askedFor, type Membership } from './membership.ts';

/** Where the walk stands: which focus, which type of its members, where in them. */
export interface Position {
  /** Absent: the first focus. */
  focus?: string;
  /** 0: the focus itself; otherwise the number of a type, from 1. */
  step: number;
  /** Where the store's page starts. */
  cursor?: string;
}

export interface Walk {
  store: ResourceStore;
  foci: Foci;
  membership: Membership;
  input: EverythingInput;
  /** See `ResourceStore.heldTypes`. */
  held: ReadonlySet<string>;
}

/** Resources in the order of the walk, and the position after them; without one the walk is over. */
export interface Stretch {
  found: StoredVersion[];
  next?: Position;
}

/** The focus and its members, focus by focus: at most `count` of them from a position on. */
export async function walkFrom(walk: Walk, start: Position, count: number): Promise<Stretch> {
  const found: StoredVersion[] = [];
  let position: Position | undefined = start;
  while (position !== undefined && found.length < count) {
    const stretch: Stretch = await step(walk, position, count - found.length);
    found.push(...stretch.found);
    position = stretch.next;
  }
  if (position === undefined) return { found };
  // A next link is given only where it leads to something.
  const more = await isMoreFrom(walk, position);
  return more ? { found, next: position } : { found };
}

/** True when at least one resource is left to be found. */
async function isMoreFrom(walk: Walk, start: Position): Promise<boolean> {
  let position: Position | undefined = start;
  while (position !== undefined) {
    const stretch: Stretch = await step(walk, position, 1);
    if (stretch.found.length > 0) return true;
    position = stretch.next;
  }
  return false;
}

async function step(walk: Walk, position: Position, count: number): Promise<Stretch> {
  const { store, foci, membership, input, held } = walk;
  const focus = await foci.at(position.focus);
  if (focus === undefined) return { found: [] };
  const following = (): { next?: Position } => {
    const same = position.focus === undefined ? {} : { focus: position.focus };
    if (position.step < membership.types.length) return { next: { ...same, step: position.step + 1 } };
    return focus.next === undefined ? {} : { next: { focus: focus.next, step: 0 } };
  };
  if (position.step === 0) {
    const found = await store.readMany([{ type: membership.focus, id: focus.id }]);
    return { found: found.filter(({ lastUpdated }) => lastUpdated >= (input.since ?? 0)), ...following() };
  }
  const type = membership.types[position.step - 1]!;
  if (!held.has(type)) return { found: [], ...following() };
  const page = await store.search({
    type,
    expression: askedFor(membership, type, focus.id, input),
    sort: [],
    count,
    ...(position.cursor === undefined ? {} : { cursor: position.cursor }),
  });
  const itself = referenceTo({ type: membership.focus, id: focus.id });
  const found = page.matches.filter((version) => referenceTo(version) !== itself);
  return page.next === undefined
    ? { found, ...following() }
    : { found, next: { ...position, cursor: page.next } };
}
