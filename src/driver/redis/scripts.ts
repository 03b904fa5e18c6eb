/**
 * Every script with the names of its arguments and the type of its reply. The text of a script that works on a queue
 * begins with `lua/queue.lua`. `test/driver/lua.test.ts` holds this list and the headers of the files together.
 */
import { createHash } from "node:crypto";
import type { DoneBounds } from "../../job/state.ts";
import claim from "./lua/claim.lua" with { type: "text" };
import clean from "./lua/clean.lua" with { type: "text" };
import counts from "./lua/counts.lua" with { type: "text" };
import exchange from "./lua/exchange.lua" with { type: "text" };
import foreign from "./lua/foreign.lua" with { type: "text" };
import get from "./lua/get.lua" with { type: "text" };
import held from "./lua/held.lua" with { type: "text" };
import holder from "./lua/holder.lua" with { type: "text" };
import kept from "./lua/kept.lua" with { type: "text" };
import list from "./lua/list.lua" with { type: "text" };
import many from "./lua/many.lua" with { type: "text" };
import pause from "./lua/pause.lua" with { type: "text" };
import push from "./lua/push.lua" with { type: "text" };
import queue from "./lua/queue.lua" with { type: "text" };
import ready from "./lua/ready.lua" with { type: "text" };
import recover from "./lua/recover.lua" with { type: "text" };
import register from "./lua/register.lua" with { type: "text" };
import release from "./lua/release.lua" with { type: "text" };
import remove from "./lua/remove.lua" with { type: "text" };
import retry from "./lua/retry.lua" with { type: "text" };
import take from "./lua/take.lua" with { type: "text" };
import takers from "./lua/takers.lua" with { type: "text" };

/** A script: `args` names its first arguments, in their order; lists follow behind them. */
export interface Script<Arg extends string, Reply> {
  readonly name: string;
  readonly text: string;
  readonly digest: string;
  readonly args: readonly Arg[];
  /** Never there at run time: carries the type of the reply. */
  readonly reply?: Reply;
}

/** What `exchange` replies: ids, tokens and envelopes line by line, these in several texts. Jobs beyond `tokens` have the numbers `first`, `first + 1`, … */
export type ExchangeResult = readonly [
  ids: string,
  tokens: string,
  first: number,
  envelopes: readonly string[],
  records: readonly (string | null)[],
  interruptions: readonly (string | null)[],
  lost: readonly string[],
  dueUs: number,
  paused: "0" | "1",
  mode: "distribute" | "grab" | "",
  bell: string,
  cut: "0" | "1",
];

export type FoundJob = readonly [
  id: string,
  state: string,
  envelope: string,
  record: string,
  at: string,
  interruptions: string,
];

export type CountsResult = readonly [
  mode: "distribute" | "grab" | "",
  paused: "0" | "1",
  pushed: number,
  done: number,
  ready: number,
  delayed: number,
  active: number,
  failed: number,
  kept: number,
  oldestMs: number,
];

export type HolderResult = readonly [] | readonly [holder: string, endsInMs: number];

export type PushArg = "pusher" | "numberOfBatch" | "idLines" | "otherThan";

export type ExchangeArg =
  | ("owner" | "taker" | "leaseMs" | "take" | "offer" | "mostBytes" | "seen" | "uncertain" | "scan" | "byBell")
  | ("ranked" | "streamed" | "others" | "known");

interface Scripts {
  readonly push: Script<PushArg, readonly [isNew: number, duplicates: readonly string[]]>;
  /** Published for other programs, and never called from here. */
  readonly foreign: Script<"id" | "name" | "data" | "options", never>;
  readonly exchange: Script<ExchangeArg, ExchangeResult>;
  /** Replies how many jobs it moved or dropped. */
  readonly register: Script<"modeNow" | "settingsNow" | "keepFailed" | "limit" | "keepDone", number>;
  /** Replies takers and the milliseconds until their leases end, in turn. */
  readonly takers: Script<never, readonly (string | number)[]>;
  /** Replies how many jobs it gave back, -1 when the lease runs. */
  readonly recover: Script<"owner" | "as" | "when" | "limit", number>;
  readonly get: Script<never, readonly FoundJob[]>;
  readonly counts: Script<never, CountsResult>;
  /** Replies ids and scores in turn. */
  readonly list: Script<"state" | "limit" | "score" | "id", readonly string[]>;
  readonly retry: Script<never, readonly string[]>;
  readonly remove: Script<never, readonly string[]>;
  readonly clean: Script<"limit", number>;
  readonly pause: Script<"state", number>;
  readonly claim: Script<"name" | "incarnation" | "holder" | "leaseMs" | "instead", HolderResult>;
  readonly holder: Script<"name", HolderResult>;
  readonly release: Script<"name" | "incarnation", number>;
}

/** The functions come behind the first half, which makes do without. */
const pushing = `${push}\n${ready}\n${many}`;

export const SCRIPTS: Scripts = {
  push: define("push", `${queue}\n${pushing}`, ["pusher", "numberOfBatch", "idLines", "otherThan"]),
  foreign: define("foreign", `${queue}\n${foreign}\n${pushing}`, ["id", "name", "data", "options"]),
  exchange: onQueue("exchange", `${held}\n${kept}\n${exchange}\n${take}`, [
    ...(["owner", "taker", "leaseMs", "take", "offer", "mostBytes", "seen", "uncertain", "scan", "byBell"] as const),
    ...(["ranked", "streamed", "others", "known"] as const),
  ]),
  register: onQueue("register", `${held}\n${kept}\n${register}`, [
    "modeNow",
    "settingsNow",
    "keepFailed",
    "limit",
    "keepDone",
  ]),
  takers: onQueue("takers", takers, []),
  recover: onQueue("recover", `${held}\n${recover}`, ["owner", "as", "when", "limit"]),
  get: onQueue("get", `${held}\n${get}`, []),
  counts: onQueue("counts", counts, []),
  list: onQueue("list", list, ["state", "limit", "score", "id"]),
  retry: onQueue("retry", `${held}\n${retry}`, []),
  remove: onQueue("remove", `${held}\n${kept}\n${remove}`, []),
  clean: onQueue("clean", `${held}\n${kept}\n${clean}`, ["limit"]),
  pause: onQueue("pause", pause, ["state"]),
  claim: define("claim", claim, ["name", "incarnation", "holder", "leaseMs", "instead"]),
  holder: define("holder", holder, ["name"]),
  release: define("release", release, ["name", "incarnation"]),
};

/** What `register` takes as `keepDone`. */
export function boundsText(bounds: DoneBounds | undefined): string {
  return bounds === undefined ? "" : [bounds.count, bounds.ageMs, bounds.bytes].map((bound) => bound ?? "-").join(" ");
}

function onQueue<Arg extends string>(name: string, body: string, args: readonly Arg[]): Script<Arg, never> {
  return define(name, `${queue}\n${ready}\n${body}`, args);
}

function define<Arg extends string>(name: string, text: string, args: readonly Arg[]): Script<Arg, never> {
  return { name, text, args, digest: createHash("sha1").update(text).digest("hex") };
}
