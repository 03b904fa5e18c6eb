import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { isJobData } from "../job/data.ts";
import { MpqError } from "../errors.ts";
import { reasonOf } from "./import.ts";

/** Gives the path of the tsconfig.json in a folder or the nearest one above, or undefined when there is none. */
export function findTsconfig(folder: string): string | undefined {
  const file = join(folder, "tsconfig.json");
  if (existsSync(file)) return file;
  const above = dirname(folder);
  return above === folder ? undefined : findTsconfig(above);
}

export type CompilerOptions = Readonly<Record<string, unknown>>;

/** Tells whether compiler options hold what a compiled program does not honour by itself. */
export function wantsTranslation(options: CompilerOptions): boolean {
  return Object.entries(options).some(
    ([key, value]) => value !== undefined && value !== false && (DECORATORS.includes(key) || key.startsWith("jsx")),
  );
}

const DECORATORS: readonly string[] = ["experimentalDecorators", "emitDecoratorMetadata"];

/** Gives the options of a file over those that it extends; later ones of a list stand over earlier ones. */
export function compilerOptions(file: string, seen: Set<string> = new Set()): CompilerOptions {
  if (seen.has(file)) return {};
  seen.add(file);
  const content = parse(file);
  const inherited = [content["extends"]]
    .flat()
    .map((base) => (typeof base === "string" ? baseFile(base, file) : undefined))
    .map((base) => (base === undefined ? {} : compilerOptions(base, seen)));
  const own = content["compilerOptions"];
  return Object.assign({}, ...inherited, isJobData(own) ? own : {}) as CompilerOptions;
}

function parse(file: string): CompilerOptions {
  try {
    const content: unknown = Bun.JSONC.parse(readFileSync(file, "utf8"));
    return isJobData(content) ? content : {};
  } catch (error) {
    throw new MpqError("CONFIG_INVALID", `${file} does not load: ${reasonOf(error)}`, { cause: error });
  }
}

/** Where `extends` leads: a file, with or without its ending, or one in a package. One that is missing counts for nothing. */
function baseFile(base: string, from: string): string | undefined {
  const folder = dirname(from);
  if (base.startsWith(".") || isAbsolute(base)) {
    return [base, `${base}.json`]
      .map((name) => resolve(folder, name))
      .find((path) => path.endsWith(".json") && existsSync(path));
  }
  return packageFolders(folder)
    .flatMap((modules) => [base, `${base}.json`, join(base, "tsconfig.json")].map((name) => join(modules, name)))
    .find((path) => path.endsWith(".json") && existsSync(path));
}

function packageFolders(folder: string): readonly string[] {
  const above = dirname(folder);
  return [join(folder, "node_modules"), ...(above === folder ? [] : packageFolders(above))];
}
