import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { dirname, join } from "node:path";
import type { QueueCounts } from "../../src/driver/driver.ts";
import { BINARY } from "../support/binary.ts";
import { ROOT, page, table } from "../support/markdown.ts";
import { type CommandResult, Project } from "../support/project.ts";
import { type TestRedis, startRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

/** The folder `examples/` as it stands; only what comes to be there while it runs goes somewhere else. */
class Examples extends Project {
  override get workingFolder(): string {
    return join(ROOT, "examples");
  }

  override get env(): Record<string, string> {
    const { PATH } = super.env;
    return { ...super.env, PATH: `${dirname(BINARY)}:${PATH}`, XDG_RUNTIME_DIR: join(this.folder, "run") };
  }

  /** Types a line into a shell there. */
  async type(line: string): Promise<CommandResult> {
    const command = ["sh", "-c", line];
    const child = Bun.spawn(command, { cwd: this.workingFolder, env: this.env, stdio: ["ignore", "pipe", "pipe"] });
    const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    return { code, stdout, stderr };
  }

  /** Waits until the queue stands so. */
  counted(wanted: Partial<QueueCounts>): Promise<unknown> {
    return until(`the queue has ${JSON.stringify(wanted)}`, async () => {
      const counts = await this.counts("examples");
      return Object.entries(wanted).every(([name, count]) => counts[name as keyof QueueCounts] === count);
    });
  }
}

const projects: Examples[] = [];
let redis: TestRedis | undefined;
afterEach(async () => {
  for (const project of projects.splice(0)) await project.end();
});
afterAll(() => redis?.stop());

async function examples(store: "sqlite" | "redis"): Promise<Examples> {
  if (store === "redis") redis ??= await startRedis();
  const project = new Examples(store === "redis" ? redis?.url : undefined);
  projects.push(project);
  return project;
}

const BUN = process.execPath;

/** Bun with the embedded store, and Node with Redis, which every Node has what it takes for. */
describe.each([
  ["bun", "sqlite", BUN],
  ["node", "redis", "node"],
] as const)("pushed by %s to %s", (_, store, runtime) => {
  test("every example ends as examples/README.md says", async () => {
    const project = await examples(store);
    const service = await project.start();
    for (const example of ["normal 0.2 0.1", "failing", "timeout", "pressure"]) {
      const { code, stderr } = await project.type(`${runtime} push.mjs ${example}`);
      expect({ example, code, stderr }).toEqual({ example, code: 0, stderr: "" });
    }
    await project.counted({ pushed: 5_003, done: 5_001, failed: 2 });
    expect(await service.stop()).toBe(0);
    const lines = await service.printed();
    expect(lines.filter((line) => line.startsWith("normal:"))).toEqual([
      "normal: begins, and takes 0.2 s",
      "normal: is done",
    ]);
    expect(lines.filter((line) => line.startsWith("failing:"))).toEqual([
      "failing: run 1",
      "failing: run 2",
      "failing: run 3",
      "failing: given up after 3 runs: this job always fails",
    ]);
    expect(lines.filter((line) => /^timeout:|^the queue hears/.test(line))).toEqual([
      "timeout: begins",
      "timeout: its type is timeout",
      expect.stringContaining("the queue hears of Endless (timeout): "),
    ]);
    expect(lines).toContainEqual(expect.stringMatching(/^pressure: job 5000 of 5000 has run \(\S+\)$/));
  });

  test("an example that there is not is refused", async () => {
    const { code, stderr } = await (await examples(store)).type(`${runtime} push.mjs nonsense`);
    expect({ code, stderr }).toEqual({ code: 2, stderr: "Name an example: normal, failing, timeout or pressure\n" });
  });
});

test("what examples/README.md tells to type pushes the examples, and they end as it says", async () => {
  const project = await examples("sqlite");
  const lines = table(page("examples/README.md"), "Example").map(([, cell = ""]) => cell.replaceAll("`", ""));
  expect(lines.length).toBe(4);
  for (const line of lines) expect(await project.type(line)).toMatchObject({ code: 0, stderr: "" });
  const [normal] = (await (await project.store()).list("examples", "delayed", 1)).jobs;
  expect(normal).toMatchObject({ envelope: expect.stringContaining(',{"seconds":20}]') });
  expect(normal?.dueInMs).toBeGreaterThan(5_000);
  const service = await project.start();
  await project.counted({ pushed: 5_004, done: 5_001, failed: 2, delayed: 1 });
  expect(await service.stop()).toBe(0);
});
