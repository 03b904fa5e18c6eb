import type { Whereabouts } from "../config/load.ts";

/** Where a command looks for its configuration. */
export function here(file: string | undefined): Whereabouts {
  return { file, folder: process.cwd(), env: process.env };
}
