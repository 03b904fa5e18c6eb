import { type Holdings, holdingsOf } from "../family.ts";
import type { Host } from "../host.ts";
import type { Random } from "../random.ts";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";
import { anyWorkLoad, underLoad } from "../work-load.ts";

const SAMPLE_MS = 5_000;
/** What a process may have more at the end than after it has warmed up. */
const MEMORY_BYTES = 24 * 2 ** 20;
const FILES = 6;

const scenario: Scenario = {
  name: "soak",
  promise:
    "ten minutes of full load with injuries of every kind: nothing is lost, and manage and the master hold no more at the end than before",
  form: "long",
  recoversWithinMs: 1_000,

  async run(stage) {
    const { random } = stage;
    const work = anyWorkLoad(random, { workers: 3, retries: 1_000 });
    const samples = new Map<number, Holdings[]>();
    await underLoad(stage, work, async (host) => {
      const end = performance.now() + 600_000;
      let sampleAt = 0;
      while (performance.now() < end) {
        await Bun.sleep(random.int(50, 500));
        injure(stage, host, random);
        if (performance.now() < sampleAt) continue;
        sampleAt = performance.now() + SAMPLE_MS;
        sample(host, samples);
      }
      await host.command("worker:reload");
    });
    for (const [pid, taken] of samples) expectFlat(stage, pid, taken);
  },
};

/** Mostly workers: a master that dies cannot be looked at for long. */
function injure(stage: Stage, host: Host, random: Random): void {
  const workers = host.pids("worker");
  if (workers.length === 0) return;
  const pid = random.pick(workers);
  if (random.chance(0.7)) stage.signal(pid, random.pick(["SIGKILL", "SIGSEGV"]));
  else if (random.chance(0.02)) stage.killWithChildren(host, host.pids("master"));
  else if (random.chance(0.2)) process.kill(host.manage, "SIGHUP");
  else pauseFor(stage, pid, random.int(50, 1_000));
}

function pauseFor(stage: Stage, pid: number, ms: number): void {
  stage.signal(pid, "SIGSTOP");
  setTimeout(() => stage.signal(pid, "SIGCONT"), ms);
}

function sample(host: Host, samples: Map<number, Holdings[]>): void {
  for (const pid of [host.manage, ...host.pids("master")]) {
    const holdings = holdingsOf(pid);
    if (holdings !== undefined) samples.set(pid, [...(samples.get(pid) ?? []), holdings]);
  }
}

/** Compares the last third of a process's life with the third before it. */
function expectFlat(stage: Stage, pid: number, taken: readonly Holdings[]): void {
  const third = Math.floor(taken.length / 3);
  if (third < 5) return;
  const [before, after] = [taken.slice(third, 2 * third), taken.slice(2 * third)];
  const memory = median(after, "memory") - median(before, "memory");
  const files = median(after, "files") - median(before, "files");
  stage.say(`${pid}: ${Math.round(median(after, "memory") / 2 ** 20)} MB, ${median(after, "files")} files`);
  stage.expect(memory < MEMORY_BYTES, `process ${pid} grew by ${Math.round(memory / 2 ** 20)} MB`);
  stage.expect(files < FILES, `process ${pid} has ${files} open files more`);
}

function median(taken: readonly Holdings[], what: keyof Holdings): number {
  const sorted = taken.map((one) => one[what]).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

export default scenario;
