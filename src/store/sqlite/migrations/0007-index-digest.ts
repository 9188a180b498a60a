/**
 * What the index rows of a resource were made of (see `indexDigest`): a version with the same values leaves them alone.
 */
export const indexDigest = `
ALTER TABLE resource ADD COLUMN index_digest BLOB;
`;
