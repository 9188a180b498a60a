/**
 * `date_several` has the dates of resources that have several of one parameter: where there are none, criteria on
 * the parameter hold for one date together, and it sorts as it is. Nearly all resources have one, so that the index
 * is all but empty. Numbers and quantities are wide as soon as they are ranges: see `families.ts`.
 */
export const ranges = `
CREATE INDEX date_several ON date_value (p) WHERE rank <> 3;
UPDATE number_value SET wide = 1 WHERE wide = 0 AND high > low;
UPDATE quantity_value SET wide = 1 WHERE wide = 0 AND high > low;
`;
