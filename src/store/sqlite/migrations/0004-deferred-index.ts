/** Index values of new resources that have no index rows yet, the oldest first: see `resource-index.ts`. */
export const deferredIndex = `
CREATE TABLE deferred_index (
  entry INTEGER PRIMARY KEY, rid INTEGER NOT NULL, indexed TEXT NOT NULL
) STRICT;
`;
