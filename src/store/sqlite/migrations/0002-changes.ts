/**
 * The history of a type and of a tenant: a superseded version knows its scope and the instant at which the next
 * one replaced it (`ended`). Current versions have their index on `updated` already, deletions get one. Resources
 * that are there lack the index values of composites, base units, texts and types of identifiers: they are marked.
 */
export const changes = `
ALTER TABLE history ADD COLUMN scope INTEGER NOT NULL DEFAULT 0;
ALTER TABLE history ADD COLUMN ended INTEGER NOT NULL DEFAULT 0;
UPDATE history SET
  scope = (SELECT r.scope FROM resource r WHERE r.rid = history.rid),
  ended = coalesce(
    (SELECT n.updated FROM history n WHERE n.rid = history.rid AND n.version = history.version + 1),
    (SELECT r.updated FROM resource r WHERE r.rid = history.rid)
  );
CREATE INDEX history_by_updated ON history (scope, updated, rid, version, ended);
CREATE INDEX resource_deleted ON resource (scope, updated) WHERE deleted = 1;
INSERT INTO meta (key, value) SELECT 'outdated-indexes', x'' WHERE EXISTS (SELECT 1 FROM resource);
`;
