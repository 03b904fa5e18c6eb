import { isMpqError } from "../../errors.ts";
import type { Finding } from "../checkup.ts";
import type { Connection } from "./connection.ts";

/** What a server says of itself. */
export interface ServerFacts {
  /** The reply to INFO. */
  readonly info: string;
  /** When the server takes snapshots, as CONFIG GET has it; undefined where that is not allowed. */
  readonly save: string | undefined;
  /** How far the server's clock is before this host's. */
  readonly clockAheadMs: number;
}

/** The part of its memory that a server may use before it is time to do something. */
const NEARLY_FULL = 0.8;
/** Clocks that differ by less differ by no more than the way to the server. */
const CLOCK_TOLERANCE_MS = 2_000;

/** Looks at the server; in a cluster at one of its nodes. */
export async function checkUp(connection: Connection): Promise<readonly Finding[]> {
  const info = String(await connection.call("INFO", []));
  const [seconds = "0", micros = "0"] = (await connection.call("TIME", [])) as readonly string[];
  const clockAheadMs = Number(seconds) * 1000 + Number(micros) / 1000 - Date.now();
  return findingsOf({ info, save: await saveRules(connection), clockAheadMs });
}

/** Not every user may read the configuration, and not every server has it. */
async function saveRules(connection: Connection): Promise<string | undefined> {
  try {
    const [, rules] = (await connection.call("CONFIG", ["GET", "save"])) as readonly string[];
    return rules;
  } catch (error) {
    if (isMpqError(error) && error.code === "STORE_REFUSED") return undefined;
    throw error;
  }
}

/** Judges a server. Its version and a policy that drops any key are no matter: opening has refused those. */
export function findingsOf({ info, save, clockAheadMs }: ServerFacts): readonly Finding[] {
  const ofServer = [serverFinding, evictionFinding, memoryFinding].map((judge) => judge(info));
  return [...ofServer, persistenceFinding(info, save), clockFinding(clockAheadMs)];
}

function serverFinding(info: string): Finding {
  const valkey = fieldOf(info, "valkey_version");
  const server = valkey === undefined ? `Redis ${fieldOf(info, "redis_version")}` : `Valkey ${valkey}`;
  const isReplica = fieldOf(info, "role") === "slave";
  if (!isReplica) return { check: "server", level: "ok", message: server };
  return { check: "server", level: "fail", message: `${server} is a replica, which takes no jobs; use its primary` };
}

function evictionFinding(info: string): Finding {
  const policy = fieldOf(info, "maxmemory_policy") ?? "noeviction";
  if (policy === "noeviction") return { check: "eviction", level: "ok", message: `maxmemory-policy is ${policy}` };
  const message = `maxmemory-policy is ${policy}: what mpq keeps is safe, since none of it expires; expected noeviction`;
  return { check: "eviction", level: "warn", message };
}

function memoryFinding(info: string): Finding {
  const [used, limit] = ["used_memory", "maxmemory"].map((name) => Number(fieldOf(info, name) ?? 0));
  if (!used || !limit)
    return { check: "memory", level: "ok", message: `${megabytes(used ?? 0)} used, without a limit` };
  const message = `${megabytes(used)} of ${megabytes(limit)} used`;
  if (used < limit * NEARLY_FULL) return { check: "memory", level: "ok", message };
  return { check: "memory", level: "warn", message: `${message}; a full server refuses pushes: raise maxmemory` };
}

function megabytes(count: number): string {
  return `${Math.ceil(count / 1024 ** 2)} MB`;
}

function persistenceFinding(info: string, save: string | undefined): Finding {
  const failed = ["aof_last_write_status", "rdb_last_bgsave_status"].find((name) => fieldOf(info, name) === "err");
  if (failed !== undefined) {
    return {
      check: "persistence",
      level: "fail",
      message: `the last write to the disk failed (${failed}); see the server's log`,
    };
  }
  if (fieldOf(info, "aof_enabled") === "1") return { check: "persistence", level: "ok", message: "appendonly is yes" };
  const lost =
    save === ""
      ? "is off: when the server ends, every job is lost"
      : `is by snapshots${save === undefined ? ", if at all" : ""}: when the server ends, what came after the last one is lost`;
  return { check: "persistence", level: "warn", message: `${lost}; set appendonly to yes` };
}

function clockFinding(aheadMs: number): Finding {
  const apart = Math.abs(aheadMs);
  if (apart < CLOCK_TOLERANCE_MS)
    return { check: "clock", level: "ok", message: "the server's is the same as this host's" };
  const message = `the server's is ${Math.round(apart / 1000)} s ${aheadMs > 0 ? "ahead of" : "behind"} this host's`;
  const meaning = "delays and leases follow the server's, times in attempts this host's; set them right";
  return { check: "clock", level: "warn", message: `${message}: ${meaning}` };
}

/** One field of a reply to INFO. */
export function fieldOf(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1];
}
