import { existsSync } from "node:fs";
import { join } from "node:path";

/** The compiled executable that system tests drive; `npm test` builds it first. */
export const BINARY: string = join(import.meta.dir, "../../dist/mpq");

if (!existsSync(BINARY)) throw new Error(`${BINARY} is not built; run "npm run build"`);
