/**
 * The words of resources, by row id. `scope` holds the scope as a word, so that a match never leaves its type and
 * tenant. Texts are indexed after their commit, from the first search for words on: those of new resources lie above
 * the row id that `texts-indexed` of `meta` tells (all of them at first), the others that changed since are noted in
 * `text_changed`.
 */
export const texts = `
CREATE VIRTUAL TABLE resource_text USING fts5 (
  scope, narrative, content,
  content = '', contentless_delete = 1, prefix = '3', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TABLE text_changed (rid INTEGER PRIMARY KEY) STRICT;
CREATE TRIGGER resource_text_changed AFTER UPDATE OF body ON resource
WHEN new.rid <= CAST((SELECT value FROM meta WHERE key = 'texts-indexed') AS INTEGER) BEGIN
  INSERT OR IGNORE INTO text_changed (rid) VALUES (new.rid);
END;
CREATE TRIGGER resource_text_removed AFTER DELETE ON resource
WHEN old.rid <= CAST((SELECT value FROM meta WHERE key = 'texts-indexed') AS INTEGER) BEGIN
  INSERT OR IGNORE INTO text_changed (rid) VALUES (old.rid);
END;
INSERT INTO meta (key, value) VALUES ('texts-indexed', CAST('0' AS BLOB));
`;
