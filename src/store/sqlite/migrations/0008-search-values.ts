/**
 * Index values that no resource had before: canonical references as they are written and what they name, strings
 * without punctuation, the systems of contact points, quantities with a comparator, the ids of contained resources.
 */
export const searchValues = `
INSERT OR IGNORE INTO meta (key, value) SELECT 'outdated-indexes', x'' WHERE EXISTS (SELECT 1 FROM resource);
`;
