import { dirname } from "node:path";
import type { DriverSource } from "../config/config.ts";
import { findConfigFileUpwards } from "../config/find.ts";
import { importOptions } from "../config/import.ts";
import { type Secrets, secretsFor } from "../config/secrets.ts";
import { storeOf } from "../config/store.ts";
import { validate } from "../config/validate.ts";
import { driverFromUrl } from "../driver/open.ts";
import { MpqError } from "../errors.ts";
import { isJobData } from "../job/data.ts";
import { mergeTerms, type OwnTermsOf, readOwnTerms } from "./own-terms.ts";

/** Where the jobs go, and what the pusher's configuration says of queues. */
export interface Located {
  readonly source: DriverSource;
  readonly own: OwnTermsOf;
  readonly secrets: Secrets;
}

/** What an application said in code. */
export interface Told {
  readonly driver?: DriverSource | undefined;
  readonly own: OwnTermsOf;
  readonly secret?: readonly string[] | undefined;
}

/**
 * Finds the store: what was told in code, else `MPQ_DRIVER_URL`, else the configuration file in the working directory
 * or the nearest folder above, else the embedded default.
 *
 * The file is not touched unless it must say where the store is: it may import what only workers can load.
 */
export async function locate({ driver, own, secret }: Told): Promise<Located> {
  const at = (source: DriverSource): Located => ({ source, own, secrets: secretsFor(source, secret, process.env) });
  if (driver !== undefined) return at(driver);
  const url = process.env["MPQ_DRIVER_URL"];
  if (url !== undefined && url !== "") return at(driverFromUrl(url));
  const file = findConfigFileUpwards(process.cwd());
  return file === undefined ? at(storeOf(undefined, process.cwd())) : locateByFile(file, { own, secret });
}

async function locateByFile(file: string, { own, secret }: Told): Promise<Located> {
  refuseTypeScript(file);
  const options = await importOptions(file);
  const folder = dirname(file);
  const settings = validate(options, { title: file, folder });
  const source = storeOf(settings.driver, folder);
  const ofFile = readOwnTerms(isJobData(options) ? options["queues"] : undefined, {
    code: "CONFIG_INVALID",
    where: file,
  });
  const secrets = secretsFor(source, secret ?? settings.secret, process.env);
  return { source, own: (queue) => mergeTerms(own(queue), ofFile(queue)), secrets };
}

function refuseTypeScript(file: string): void {
  if (!file.endsWith(".ts") || loadsTypeScript()) return;
  throw new MpqError(
    "RUNTIME_UNSUPPORTED",
    `${file} is TypeScript, which Node ${process.versions.node} does not load; expected Node 22.18 or later, or Bun. ` +
      "Say where the store is with MPQ_DRIVER_URL or configure({ driver })",
  );
}

function loadsTypeScript(): boolean {
  return process.versions.bun !== undefined || Boolean(Reflect.get(process.features, "typescript"));
}
