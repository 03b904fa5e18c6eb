import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { MpqError } from "../../errors.ts";

/** Every readable regular file below a folder, links not followed. Throws `USAGE` when the folder cannot be read. */
export function filesOf(folder: string): string[] {
  try {
    return walk(folder).filter(isReadable);
  } catch (cause) {
    throw new MpqError(
      "USAGE",
      `cannot read the folder ${folder}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return walk(path);
    return entry.isFile() ? [path] : [];
  });
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return statSync(file).isFile();
  } catch (error) {
    if (error instanceof Error && "code" in error) return false;
    throw error;
  }
}
