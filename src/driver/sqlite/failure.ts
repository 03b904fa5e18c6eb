import { MpqError } from "../../errors.ts";

/** SQLite's primary result codes that this driver tells apart. */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;
/** Extended codes carry the primary one in their lowest byte. */
const PRIMARY = 0xff;

const UNREACHABLE: Readonly<Record<number, string>> = {
  [IOERR]: "could not be read or written; look at the disk and the system's log",
  [FULL]: "has no room left on its disk; make room, nothing that was stored is lost",
};

export const NOT_WRITABLE = "may not be written; give this user the right to write the file and its folder";

const REFUSED: Readonly<Record<number, string>> = {
  [READONLY]: NOT_WRITABLE,
  [CORRUPT]: "is damaged; stop all that use it and restore it from a backup, or try the .recover command of sqlite3",
  [CANTOPEN]: "could not be opened; give the path of a file in a folder that this user may write",
  [NOTADB]: "is no SQLite database; give another path",
};

/** Tells whether another connection stands in the way, so that trying again helps. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error);
  return code === BUSY || code === LOCKED;
}

/** Says what went wrong with the file. Errors that are not SQLite's are returned as they are. */
export function explain(label: string, error: unknown): unknown {
  const code = codeOf(error);
  if (error instanceof MpqError || code === undefined) return error;
  const unreachable = UNREACHABLE[code];
  if (unreachable !== undefined) return new MpqError("STORE_UNREACHABLE", `${label} ${unreachable}`, { cause: error });
  const refused = REFUSED[code] ?? `refused a statement (SQLite's code ${code})`;
  return new MpqError("STORE_REFUSED", `${label} ${refused}`, { cause: error });
}

function codeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return undefined;
  return error.errcode & PRIMARY;
}
