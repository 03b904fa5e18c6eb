import type { Random } from "./random.ts";

/** Things that somebody may write where mpq expects something else. All of it can be written as JSON. */
const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e300,
  2 ** 60,
  "",
  "work",
  "\u0000\u001b[31m\n\r\u2028\ud800",
  "x".repeat(10_000),
  [],
  [[[[]]]],
  {},
  { type: "exponential", baseMs: 1e308, maxMs: 1e308, jitter: -5 },
  { type: "exponential", baseMs: -1, maxMs: 0, jitter: 1e9 },
  { __proto__x: 1, constructor: { prototype: 1 } },
];

const TEXTS: readonly string[] = ["", " ", "null", "[]", "{}", '"text"', "{", "\u0000", "\n", '{"v":', "<xml/>", "NaN"];

/** A whole envelope, in which one to three things are wrong. */
export function badEnvelope(random: Random): string {
  if (random.chance(0.15)) return random.pick(TEXTS);
  const wire: Record<string, unknown> = { v: 1, n: "work", t: 1_000, r: 1, w: 20, d: { ms: 0 } };
  for (let count = random.int(1, 3); count > 0; count--) {
    const key = random.pick([...Object.keys(wire), "s", "g", "o", "z"]);
    if (random.chance(0.2)) delete wire[key];
    else wire[key] = random.pick(VALUES);
  }
  const text = JSON.stringify(wire, undefined, random.pick([0, 0, 2]));
  return random.chance(0.1) ? text.slice(0, random.int(0, text.length)) : text;
}

/** What may stand in the place of a job's record. */
export function badRecord(random: Random): string {
  if (random.chance(0.3)) return random.pick(TEXTS.filter((text) => text !== ""));
  const record: Record<string, unknown> = { phase: "running", attempts: [], callbackTries: 0 };
  for (let count = random.int(1, 2); count > 0; count--) {
    const key = random.pick(["phase", "attempts", "callbackTries", "callbackError"]);
    record[key] = random.pick([...VALUES, "failing", [{}], [null], [{ outcome: "error", error: 5 }]]);
  }
  return JSON.stringify(record);
}

const QUEUE_OPTIONS = ["workers", "concurrency", "mode", "timeout", "retries", "retryDelay", "prefetch", "maxJobs"];
const OPTIONS = ["name", "runDir", "driver", "jobs", "secret", "log", "queues", "onWorkerStart", "worker_number"];

/** A configuration in which something is wrong, or nearly. */
export function badOptions(random: Random): unknown {
  if (random.chance(0.05)) return random.pick(VALUES);
  const queue = Object.fromEntries(some(random, QUEUE_OPTIONS).map((key) => [key, random.pick(VALUES)]));
  const options = Object.fromEntries(some(random, OPTIONS).map((key) => [key, random.pick(VALUES)]));
  return random.chance(0.5) ? { ...options, queues: { [random.pick(["q", "", "x y", "é"])]: queue } } : options;
}

const COMMANDS = [
  "list",
  "help",
  "queue:status",
  "queue:failed",
  "queue:show",
  "queue:push",
  "queue:retry",
  "worker:status",
];
const FLAGS = [
  "--queue",
  "-q",
  "--json",
  "--limit",
  "--cursor",
  "--config",
  "--",
  "-x",
  "--watcher",
  "--delay",
  "--help",
];
/** Neither the queue nor any job of the load: what is pushed, or pushed anew, by accident would not be in the books. */
const WORDS = [
  "elsewhere",
  "nobody",
  "-1",
  "1e9",
  "",
  "{}",
  '{"ms":',
  "job-0",
  "work",
  "../../etc/passwd",
  "\u001b[2J",
  "'; DROP TABLE job",
];

/** Words after `mpq`, of commands that change nothing that is audited. */
export function badCommand(random: Random): string[] {
  const command = random.chance(0.1) ? random.pick(WORDS) : random.pick(COMMANDS);
  const more = Array.from({ length: random.int(0, 5) }, () => random.pick(random.chance(0.5) ? FLAGS : WORDS));
  return [command, ...more];
}

/** Bytes that no protocol expects. */
export function badBytes(random: Random, most: number): Buffer {
  return Buffer.from(Array.from({ length: random.int(0, most) }, () => random.int(0, 255)));
}

function some<Item>(random: Random, items: readonly Item[]): Item[] {
  return random.shuffled(items).slice(0, random.int(1, 4));
}
