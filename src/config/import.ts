import { pathToFileURL } from "node:url";
import { MpqError } from "../errors.ts";
import { isJobData } from "../job/data.ts";

/**
 * Runs a configuration file and gives what it exports by default, unread.
 *
 * Throws `CONFIG_INVALID` when it does not parse, throws, or has no default export.
 */
export async function importOptions(file: string): Promise<unknown> {
  const exports = await importFile(file);
  if ("default" in exports) return exports["default"];
  const found = Object.keys(exports).join(", ") || "nothing";
  const expected = "export default defineConfig({ … })";
  throw new MpqError("CONFIG_INVALID", `${file} exports ${found}; expected "${expected}"`);
}

async function importFile(file: string): Promise<object> {
  const how = file.endsWith(".json") ? { with: { type: "json" } } : {};
  try {
    return (await import(pathToFileURL(file).href, how)) as object;
  } catch (error) {
    throw new MpqError("CONFIG_INVALID", `${placeOf(error, file)} does not load: ${reasonOf(error)}`, { cause: error });
  }
}

/** The file, with the line in it where the error came from if that can be told. */
export function placeOf(error: unknown, file: string): string {
  const line = lineInMessage(error, file) ?? lineInStack(error, file);
  return line === undefined ? file : `${file}:${line}`;
}

/** What does not parse or resolve has the place in the error itself. */
function lineInMessage(error: unknown, file: string): number | undefined {
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const position: unknown = typeof first === "object" && first !== null ? Reflect.get(first, "position") : undefined;
  if (!isJobData(position) || position["file"] !== file) return undefined;
  return typeof position["line"] === "number" ? position["line"] : undefined;
}

function lineInStack(error: unknown, file: string): number | undefined {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const [, rest] = stack.split(`${file}:`, 2);
  return rest === undefined ? undefined : Number.parseInt(rest, 10) || undefined;
}

/** Says in one line why a file did not load. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(reasonOf).join("; ");
  if (error instanceof Error) return error.name === "Error" ? error.message : `${error.name}: ${error.message}`;
  const message: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "message") : error;
  return String(message);
}
