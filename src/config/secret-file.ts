/** The secret beside an embedded store: a file that its owner alone can read, one secret a line. The first line signs. */
import { closeSync, constants, fstatSync, linkSync, openSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { MpqError } from "../errors.ts";

/** Reads the file. Gives undefined when there is none; throws `SECRET_MISSING` for one that is not safe to use. */
export function readSecretFile(path: string): readonly string[] | undefined {
  const descriptor = openUnlessAbsent(path);
  if (descriptor === undefined) return undefined;
  try {
    refuseUnsafe(path, descriptor);
    const lines = readFileSync(descriptor, "utf8").split("\n");
    const secrets = lines.map((line) => line.trim()).filter((line) => line !== "");
    if (secrets.length > 0) return secrets;
    throw new MpqError("SECRET_MISSING", `${path} is empty; remove it, and another one is made`);
  } finally {
    closeSync(descriptor);
  }
}

/** Reads the file, and makes one with a new secret when there is none. However many do so at once, all get the same. */
export function makeSecretFile(path: string): readonly string[] {
  const found = readSecretFile(path);
  if (found !== undefined) return found;
  const draft = `${path}.${randomHex(6)}`;
  writeFileSync(draft, `${randomHex(32)}\n`, { mode: 0o600, flag: "wx" });
  try {
    // A link appears whole or not at all, and never replaces what another process has made meanwhile.
    linkSync(draft, path);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  } finally {
    unlinkSync(draft);
  }
  return readSecretFile(path) ?? makeSecretFile(path);
}

function randomHex(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("hex");
}

/** A link is not followed: it could lead to a file that somebody else controls. */
function openUnlessAbsent(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined;
    const message = `${path} cannot be read (${String(codeOf(cause))}); expected a file of this user with the mode 0600`;
    throw new MpqError("SECRET_MISSING", message, { cause });
  }
}

/** Whoever can read or write the file can make workers run any code. */
function refuseUnsafe(path: string, descriptor: number): void {
  const stat = fstatSync(descriptor);
  const user = process.getuid?.() ?? stat.uid;
  const mode = stat.mode & 0o777;
  if (stat.isFile() && stat.uid === user && (mode & 0o077) === 0) return;
  const found = stat.isFile() ? `belongs to the user ${stat.uid} and has the mode 0${mode.toString(8)}` : "is no file";
  throw new MpqError(
    "SECRET_MISSING",
    `${path} ${found}; expected a file of the user ${user} with the mode 0600: what others could read or write is not ` +
      `used. Remove it and another one is made, or run "chmod 600" on it if nobody else has seen it`,
  );
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
