import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { MpqError } from "../errors.ts";

/** The names of a configuration file, in the order in which they are looked for. */
const CONFIG_NAMES: readonly string[] = ["ts", "js", "mjs", "json"].map((ending) => `mpq.config.${ending}`);

/** Gives the path of the configuration file in a folder, or undefined when there is none. */
export function findConfigFile(folder: string): string | undefined {
  return CONFIG_NAMES.map((name) => join(folder, name)).find((path) => existsSync(path));
}

/** The same, in the folder or the nearest one above that has one. */
export function findConfigFileUpwards(folder: string): string | undefined {
  const found = findConfigFile(folder);
  const above = dirname(folder);
  return found !== undefined || above === folder ? found : findConfigFileUpwards(above);
}

/** Gives the full path of a configuration file that somebody named. Throws `CONFIG_INVALID` when it is not there. */
export function namedConfigFile(path: string): string {
  const file = resolve(path);
  if (existsSync(file)) return file;
  throw new MpqError("CONFIG_INVALID", `There is no configuration file ${file}; give the path of one, or leave it out`);
}
