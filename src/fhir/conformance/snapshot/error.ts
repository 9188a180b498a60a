/** Why no snapshot can be derived, as a sentence for whoever wrote the profile. */
export class SnapshotError extends Error {}
