import manifest from "../package.json" with { type: "json" };

/** The version of this mpq. */
export const version: string = manifest.version;
