import { searchValues } from './0008-search-values.ts';

/** Once more, index values that no resource had before: versions of canonicals, media types, mail addresses in any case. */
export const canonicalVersions = searchValues;
