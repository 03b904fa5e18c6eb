import { dirname } from "node:path";
import type { DriverSource } from "../config/config.ts";
import { findConfigFileUpwards } from "../config/find.ts";
import { importOptions } from "../config/import.ts";
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
}

/**
 * Finds the store: what was told in code, else `MPQ_DRIVER_URL`, else the configuration file in the working directory
 * or the nearest folder above, else the embedded default.
 *
 * The file is not touched unless it must say where the store is: it may import what only workers can load.
 */
export async function locate(driver: DriverSource | undefined, own: OwnTermsOf): Promise<Located> {
  if (driver !== undefined) return { source: driver, own };
  const url = process.env["MPQ_DRIVER_URL"];
  if (url !== undefined && url !== "") return { source: driverFromUrl(url), own };
  const file = findConfigFileUpwards(process.cwd());
  if (file === undefined) return { source: storeOf(undefined, process.cwd()), own };
  refuseTypeScript(file);
  const options = await importOptions(file);
  const { driver: source } = validate(options, file);
  const ofFile = readOwnTerms(isJobData(options) ? options["queues"] : undefined, {
    code: "CONFIG_INVALID",
    where: file,
  });
  return { source: storeOf(source, dirname(file)), own: (queue) => mergeTerms(own(queue), ofFile(queue)) };
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
