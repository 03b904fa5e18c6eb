import { dirname, join, resolve } from "node:path";
import { driverFromUrl } from "../driver/open.ts";
import type { Config, DriverSource } from "./config.ts";
import { findConfigFile, namedConfigFile } from "./find.ts";
import { importOptions } from "./import.ts";
import { honourTsconfig } from "./modules.ts";
import { secretsFor } from "./secrets.ts";
import { storeOf } from "./store.ts";
import { type Settings, validate } from "./validate.ts";

/** Where a process looks for its configuration. */
export interface Whereabouts {
  /** The file that somebody named; else `mpq.config.*` in `folder` is looked for. */
  readonly file?: string | undefined;
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Finds, runs and reads the configuration. Without a file, everything has its default.
 *
 * Throws `CONFIG_INVALID`: for a named file that is not there, one that does not load, and with a line for everything in
 * it that is wrong.
 */
export async function loadConfig(from: Whereabouts = here()): Promise<Config> {
  const file = from.file === undefined ? findConfigFile(from.folder) : namedConfigFile(resolve(from.folder, from.file));
  const folder = file === undefined ? from.folder : dirname(file);
  honourTsconfig(folder);
  const options = file === undefined ? {} : await importOptions(file);
  const { secret, ...settings } = validate(options, { title: file ?? "The configuration", folder });
  const driver = driverOf(settings, folder, from);
  return Object.freeze({
    ...settings,
    file,
    folder,
    runDir: resolvedIn(folder, settings.runDir) ?? defaultRunDir(from.env),
    driver,
    secrets: secretsFor(driver, secret, from.env),
    jobs: Object.freeze([...settings.jobs]),
    log: Object.freeze({ ...settings.log, path: resolvedIn(folder, settings.log.path) }),
  });
}

function resolvedIn(folder: string, path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(folder, path);
}

function here(): Whereabouts {
  return { folder: process.cwd(), env: process.env };
}

function driverOf(
  { driver }: Pick<Settings, "driver">,
  folder: string,
  { env, folder: workingFolder }: Whereabouts,
): DriverSource {
  const url = env["MPQ_DRIVER_URL"];
  if (url !== undefined && url !== "") return driverFromUrl(url, workingFolder);
  return storeOf(driver, folder);
}

/** Systemd's folder for this service, the user's own, else one that no other user's service has. */
function defaultRunDir(env: Whereabouts["env"]): string {
  // systemd separates several folders by a colon; the first is the service's.
  const [ofService] = (env["RUNTIME_DIRECTORY"] ?? "").split(":");
  if (ofService) return ofService;
  const ofUser = env["XDG_RUNTIME_DIR"];
  return ofUser ? join(ofUser, "mpq") : join("/tmp", `mpq-${process.getuid?.() ?? 0}`);
}
