/**
 * The versions in the order of their commits, from now on: see `change-feed.ts`. `rid` is 0 once the resource is purged,
 * because another one may get its row id.
 */
export const changeOrder = `
CREATE TABLE change (
  seq INTEGER PRIMARY KEY, scope INTEGER NOT NULL, rid INTEGER NOT NULL, version INTEGER NOT NULL
) STRICT;
`;
