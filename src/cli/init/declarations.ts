/** What the build puts in the place of this name: the types of the npm package as one file. */
declare const MPQ_TYPES: string | undefined;

/** The types of "multi-process-queue" for a project that has only the executable. Absent where mpq is not compiled. */
export const DECLARATIONS: string | undefined = typeof MPQ_TYPES === "undefined" ? undefined : MPQ_TYPES;
