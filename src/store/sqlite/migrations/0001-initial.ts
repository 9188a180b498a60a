/**
 * The first layout. `scope` stands for one type of one tenant and `p` for one search parameter of a scope, so that
 * no probe of an index table can meet a row of another tenant. Each index table is kept in the order of its values
 * and has a second index by resource, which tests the other criteria of a search and removes the rows of an old
 * version. `rank` marks the lowest (1) and highest (2) value of its resource and parameter: sorting walks these.
 * `wide` marks ranges longer than most of their family: see `range-conditions.ts`.
 */
export const initial = `
CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE scope (
  scope INTEGER PRIMARY KEY, tenant TEXT NOT NULL, type TEXT NOT NULL, UNIQUE (tenant, type)
) STRICT;
CREATE TABLE parameter (
  p INTEGER PRIMARY KEY, scope INTEGER NOT NULL, code TEXT NOT NULL, UNIQUE (scope, code)
) STRICT;
CREATE TABLE system (system INTEGER PRIMARY KEY, uri TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE resource (
  rid INTEGER PRIMARY KEY, scope INTEGER NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
  updated INTEGER NOT NULL, deleted INTEGER NOT NULL, method INTEGER NOT NULL, restricted INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX resource_by_id ON resource (scope, id);
CREATE INDEX resource_current ON resource (scope) WHERE deleted = 0;
CREATE INDEX resource_by_updated ON resource (scope, updated) WHERE deleted = 0;

CREATE TABLE history (
  entry INTEGER PRIMARY KEY, rid INTEGER NOT NULL, version INTEGER NOT NULL, updated INTEGER NOT NULL,
  deleted INTEGER NOT NULL, method INTEGER NOT NULL, restricted INTEGER NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX history_by_version ON history (rid, version);

CREATE TABLE string_value (
  p INTEGER NOT NULL, folded TEXT NOT NULL, rid INTEGER NOT NULL, exact TEXT NOT NULL, rank INTEGER NOT NULL,
  PRIMARY KEY (p, folded, rid, exact)
) STRICT, WITHOUT ROWID;
CREATE INDEX string_by_resource ON string_value (rid, p);

CREATE TABLE token_value (
  p INTEGER NOT NULL, code TEXT NOT NULL, rid INTEGER NOT NULL, system INTEGER NOT NULL, rank INTEGER NOT NULL,
  PRIMARY KEY (p, code, rid, system)
) STRICT, WITHOUT ROWID;
CREATE INDEX token_by_resource ON token_value (rid, p);

CREATE TABLE date_value (
  p INTEGER NOT NULL, low REAL NOT NULL, rid INTEGER NOT NULL, high REAL NOT NULL, wide INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  PRIMARY KEY (p, low, rid, high)
) STRICT, WITHOUT ROWID;
CREATE INDEX date_by_resource ON date_value (rid, p);
CREATE INDEX date_wide ON date_value (p, high) WHERE wide = 1;

CREATE TABLE number_value (
  p INTEGER NOT NULL, low REAL NOT NULL, rid INTEGER NOT NULL, high REAL NOT NULL, wide INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  PRIMARY KEY (p, low, rid, high)
) STRICT, WITHOUT ROWID;
CREATE INDEX number_by_resource ON number_value (rid, p);
CREATE INDEX number_wide ON number_value (p, high) WHERE wide = 1;

CREATE TABLE quantity_value (
  p INTEGER NOT NULL, low REAL NOT NULL, rid INTEGER NOT NULL, high REAL NOT NULL, system INTEGER NOT NULL,
  code TEXT NOT NULL, unit TEXT NOT NULL, wide INTEGER NOT NULL, rank INTEGER NOT NULL,
  PRIMARY KEY (p, low, rid, high, system, code, unit)
) STRICT, WITHOUT ROWID;
CREATE INDEX quantity_by_resource ON quantity_value (rid, p);
CREATE INDEX quantity_wide ON quantity_value (p, high) WHERE wide = 1;

CREATE TABLE reference_value (
  p INTEGER NOT NULL, target_id TEXT NOT NULL, rid INTEGER NOT NULL, target INTEGER NOT NULL,
  rank INTEGER NOT NULL,
  PRIMARY KEY (p, target_id, rid, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX reference_by_resource ON reference_value (rid, p);

CREATE TABLE uri_value (
  p INTEGER NOT NULL, value TEXT NOT NULL, rid INTEGER NOT NULL, rank INTEGER NOT NULL,
  PRIMARY KEY (p, value, rid)
) STRICT, WITHOUT ROWID;
CREATE INDEX uri_by_resource ON uri_value (rid, p);

CREATE TABLE identity (
  tenant TEXT NOT NULL, key TEXT NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX identity_by_resource ON identity (rid);
CREATE TABLE claim (
  tenant TEXT NOT NULL, key TEXT NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY (tenant, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE expiring (
  key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL, expires INTEGER NOT NULL, grouped TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX expiring_by_group ON expiring (grouped) WHERE grouped IS NOT NULL;
CREATE INDEX expiring_by_end ON expiring (expires);
`;
