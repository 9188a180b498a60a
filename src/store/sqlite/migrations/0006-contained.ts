/**
 * Contained resources are rows of `resource` in scopes of their own (`Medication#`), without history; here is which
 * resource contains them. References to them, and composites of three components, had no index values before.
 */
export const contained = `
CREATE TABLE contained (
  container INTEGER NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY (container, rid)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO meta (key, value) SELECT 'outdated-indexes', x'' WHERE EXISTS (SELECT 1 FROM resource);
`;
