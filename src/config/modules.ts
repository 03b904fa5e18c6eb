/**
 * How files of users are loaded into the binary: what they import as `multi-process-queue` is the copy inside, and
 * their TypeScript means what their tsconfig.json says.
 */
import { dirname } from "node:path";
import { plugin } from "bun";
import { translate } from "./translate.ts";
import { compilerOptions, findTsconfig, wantsTranslation } from "./tsconfig.ts";

/** The npm package's name, by which users' files import what is in the binary. */
const OWN_NAME = "multi-process-queue";

/** Where this program's own files are: in the executable, or the source folder when it is not compiled. */
const OWN_FOLDER = dirname(import.meta.dir);

/**
 * Makes `exports` what every file imports or requires by our name, also where a copy is installed: a class that
 * extends `Job` then extends the one that this process runs. Call it before any file of a user is loaded.
 */
export function provideOwnModule(exports: object): void {
  plugin({
    name: OWN_NAME,
    setup(build) {
      build.module(OWN_NAME, () => ({ loader: "object", exports: { ...exports } }));
    },
  });
}

let translates = false;

/**
 * Honours the tsconfig.json that is nearest to `folder`. A compiled program follows its `paths` by itself, but neither
 * its decorators nor its JSX settings, without which frameworks break silently; so where one of these is set, each file
 * is translated when it is loaded. Other projects keep the fast path. Once a process: a second call changes nothing.
 */
export function honourTsconfig(folder: string): void {
  const file = findTsconfig(folder);
  const options = file === undefined ? {} : compilerOptions(file);
  if (translates || !wantsTranslation(options)) return;
  translates = true;
  plugin({
    name: "tsconfig",
    setup(build) {
      build.onLoad({ filter: USERS_TYPESCRIPT }, async ({ path }) => ({
        contents: await translate(path, options),
        loader: "js",
      }));
    },
  });
}

/** Neither packages, which come translated, nor this program. */
const USERS_TYPESCRIPT = new RegExp(
  `^(?!${RegExp.escape(`${OWN_FOLDER}/`)})(?!.*/node_modules/).*\\.(?:tsx?|mts|jsx)$`,
);
