import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Database } from "bun:sqlite";
import { isMpqError } from "../../src/errors.ts";
import { validate } from "../../src/config/validate.ts";
import type { Host } from "../host.ts";
import { QUEUE } from "../pusher.ts";
import { badBytes, badCommand, badEnvelope, badOptions, badRecord } from "../rubbish.ts";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";

/** What commands may end with: done, failed, used wrongly, no store, no configuration. */
const EXIT_CODES: ReadonlySet<number> = new Set([0, 1, 2, 69, 78]);

/** Ids that no client lets through. */
const ID_PREFIXES: readonly string[] = ["a b", "ünï", "x".repeat(200), "'); --", "{}"];

const scenario: Scenario = {
  name: "bad-input",
  promise:
    "rubbish in envelopes, records, boards, the control socket, configurations and command lines: each is refused or fails with its reason, and the good jobs beside it run",

  async run(stage) {
    const { random } = stage;
    const count = stage.span(300, 10_000);
    // All that fails must be there to be counted: more than a queue keeps unless it is told to.
    const host = stage.host("a", { workers: 2, retries: 1, retryDelay: 0.02, keepFailed: 2 * count });
    await host.start();
    const good = stage.pusher.load({ perSecond: 100, make: () => ({ job: "work", data: { ms: random.int(0, 5) } }) });
    await tamperWithRecords(stage, Math.ceil(count / 10));
    for (let pushed = 0; pushed < count; pushed += 50) {
      await stage.pusher.pushRaw(Array.from({ length: 50 }, () => badEnvelope(random)));
    }
    const whole = JSON.stringify({ v: 1, n: "work", t: 0, r: 0, w: 0, d: { ms: 0 } });
    for (const prefix of ID_PREFIXES)
      await stage.pusher.pushRaw(
        Array.from({ length: 5 }, () => whole),
        prefix,
      );
    await disturb(stage, host);
    readOptions(stage, count);
    await runCommands(stage, host, stage.span(8, 400));
    await good.stop();
    await stage.drained();
    const deaths = host.output().split("the master ended").length - 1;
    stage.expect(deaths === 0, `${deaths} masters ended`);
    // Boards that nobody signed must not keep the next service from starting.
    await host.stop();
    for (let file = 0; file < 5; file++) writeBoard(stage, host, file);
    await host.start();
  },
};

/** Jobs that wait for their time get a record that no mpq has written. */
async function tamperWithRecords(stage: Stage, count: number): Promise<void> {
  const orders = Array.from({ length: count }, () => ({ job: "work", data: { ms: 0 }, delay: 1 }));
  const { ids } = await stage.pusher.push(orders);
  const records = ids.map((id) => [id, badRecord(stage.random)] as const);
  if (stage.redis !== undefined) {
    await stage.redis.admin.hset(`mpq:{${QUEUE}}:records`, Object.fromEntries(records));
    return;
  }
  using database = new Database(stage.url.replace("sqlite:", ""));
  database.run("PRAGMA busy_timeout = 5000");
  const update = database.prepare("UPDATE job SET record = ? WHERE id = ?");
  for (const [id, record] of records) update.run(record, id);
}

/** Speaks to the control socket as nobody should, and puts files beside the boards. */
async function disturb(stage: Stage, host: Host): Promise<void> {
  const { random } = stage;
  for (let time = 0; time < stage.span(10, 200); time++) {
    const unix = join(host.folder, "run/a/control.sock");
    const socket = await Bun.connect({ unix, socket: { data: () => undefined } });
    socket.write(badBytes(random, 6_000));
    if (random.chance(0.5)) socket.write('\n{"ask":"nothing"}\n{"ask":');
    socket.end();
    writeBoard(stage, host, time);
  }
  const { processes } = await host.status();
  stage.expect(processes.length === 4, `${processes.length} processes in the status; expected 4`);
}

function writeBoard(stage: Stage, host: Host, number: number): void {
  const name = stage.random.pick(["board-", "board-x", `board-${number}.1.-1`, `board-${"z".repeat(200)}`]);
  writeFileSync(join(host.folder, "run/a", `${name}${number}`), badBytes(stage.random, 4_096));
}

/** Every configuration is read, or refused with all that is wrong with it. */
function readOptions(stage: Stage, count: number): void {
  for (let read = 0; read < count; read++) {
    const options = badOptions(stage.random);
    try {
      validate(options, { title: "mpq.config.ts", folder: "." });
    } catch (error) {
      const isRefusal = isMpqError(error) && error.code === "CONFIG_INVALID";
      stage.expect(isRefusal, `${JSON.stringify(options)?.slice(0, 200)}: ${String(error)}`);
    }
  }
}

async function runCommands(stage: Stage, host: Host, count: number): Promise<void> {
  for (let run = 0; run < count; run++) {
    const words = badCommand(stage.random);
    const { code, stdout, stderr } = await host.command(...words);
    const said = `mpq ${JSON.stringify(words)} ended with ${code}: ${stderr.slice(0, 300)}`;
    stage.expect(EXIT_CODES.has(code), said);
    // Whoever used it wrongly gets a sentence, and no stack.
    stage.expect(!/^\s+at /m.test(stderr) && (code === 0 || stderr !== ""), said);
    stage.expect(!stdout.includes("\u001b[2J"), `${said}: it passes on what moves the cursor`);
  }
}

export default scenario;
