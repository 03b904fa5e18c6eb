import type { Connection } from "./connection.ts";
import { PUSH_KEY, keysOf } from "./keys.ts";
import { SCRIPTS } from "./scripts.ts";

/** Stands in the published keys where the name of the queue goes. */
const ANY_QUEUE = "*";

/**
 * Writes down in the store how a job is pushed, so that a program in any language can do it and does what this version
 * does: `docs/other-languages.md` is the contract. May be repeated. Writes nothing when that stands there.
 */
export async function publishPush(connection: Connection): Promise<void> {
  const { text, digest } = SCRIPTS.foreign;
  // A server whose memory is full takes nothing new, and needs nothing new.
  if ((await connection.call("HGET", [PUSH_KEY, "digest"])) === digest) return;
  const keys = keysOf(ANY_QUEUE).all.join("\n");
  await connection.call("HSET", [PUSH_KEY, "script", text, "digest", digest, "keys", keys]);
}
