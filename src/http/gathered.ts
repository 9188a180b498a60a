/** Requests that go on together at most. */
const most = 32;

interface Group {
  size: number;
  start: Promise<void>;
}

let group: Group | undefined;

/**
 * Resolves when the event loop has read all requests that had come. They then go on in step, from one `await` to the next:
 * what one runs and looks up is still in the caches of the processor for the others (docs/decisions/0025).
 */
export function gathered(): Promise<void> {
  if (group === undefined || group.size === most) group = newGroup();
  group.size += 1;
  return group.start;
}

function newGroup(): Group {
  const start = new Promise<void>((resolve) => {
    setImmediate(() => {
      group = undefined;
      resolve();
    });
  });
  return { size: 0, start };
}
