/** What Redis answers when it does not do what it was asked, in mpq's words. No message carries a secret. */
import { MpqError } from "../../errors.ts";

/** Answers that pass by themselves: the call is made again. */
const PASSING = ["LOADING", "BUSY", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "UNBLOCKED", "NOREPLICAS"];

/** Answers that stay until somebody does something, and what to do. */
const STAYING: Readonly<Record<string, string>> = {
  WRONGPASS: "check the user name and the password",
  NOAUTH: "the server wants a password: give it in the URL or as `password`",
  ERR_AUTH: "check the password",
  NOPERM: "give the user the rights to all keys that begin with mpq: and to the commands that the page on stores lists",
  OOM: "the server's memory is full: raise maxmemory, or remove jobs",
  MISCONF: "the server cannot save to its disk: see the server's log",
  MOVED: "the server is a node of a cluster: use a redis+cluster:// address",
  CROSSSLOT: "the server is a node of a cluster: use a redis+cluster:// address",
  WRONGTYPE: "another program has used a key that begins with mpq:; give mpq a database of its own",
};

/** Tells whether the server itself said so; else the line to it failed. */
export function isAnswer(error: unknown): error is Error {
  return error instanceof Error && error.name === "ReplyError";
}

/** A refusal for an answer that will not change by itself; undefined for one that may, and for a lost connection. */
export function refusalOf(label: string, what: string, error: unknown): MpqError | undefined {
  if (!isAnswer(error)) return undefined;
  const code = /^[A-Z]+/.exec(error.message)?.[0] ?? "ERR";
  if (PASSING.includes(code)) return undefined;
  const advice = STAYING[adviceFor(code, error.message)];
  const found = withoutArguments(error.message);
  return new MpqError(
    "STORE_REFUSED",
    `${label} refused ${what}: ${found}${advice === undefined ? "" : `; ${advice}`}`,
    {
      cause: new Error(found),
    },
  );
}

/** Some answers have no code of their own. */
function adviceFor(code: string, message: string): string {
  if (/invalid password|invalid username/.test(message)) return "ERR_AUTH";
  if (message.includes("The user executing the script")) return "NOPERM";
  // Who is not known may not send a command with many words.
  return message.includes("unauthenticated") ? "NOAUTH" : code;
}

/** Redis repeats arguments in some of its answers. */
function withoutArguments(message: string): string {
  return message.replace(/, with args beginning with:.*$/s, "").slice(0, 300);
}

export function unreachable(label: string, what: string, cause: unknown): MpqError {
  const found = cause instanceof Error ? withoutArguments(cause.message || cause.name) : String(cause);
  return new MpqError(
    "STORE_UNREACHABLE",
    `${label} did not answer ${what}: ${found}; check that the server runs and can be reached from this host`,
    { cause: new Error(found) },
  );
}

export function storeClosed(label: string, cause?: unknown): MpqError {
  return new MpqError("STORE_CLOSED", `${label} was closed by this process`, { cause });
}
