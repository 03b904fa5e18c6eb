import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import type { QueueStatus } from "../../src/cli/queue-status.ts";
import { fences, page } from "../support/markdown.ts";
import { Project } from "../support/project.ts";
import { until } from "../support/until.ts";

/** A user's project with nothing but what README.md shows, and the package installed. */
class ReadmeProject extends Project {
  override get env(): Record<string, string> {
    const { MPQ_DRIVER_URL: _, ...env } = super.env;
    return { ...env, XDG_RUNTIME_DIR: join(this.folder, "run") };
  }
}

const project = new ReadmeProject();
afterAll(() => project.end());

test("the example of README.md runs: what push.ts pushes is done by the service", async () => {
  for (const { path, text } of fences(page("README.md"), "ts")) project.write(path ?? "", text);
  project.installPackage();
  const service = await project.start();

  const push = Bun.spawn([process.execPath, "push.ts"], { cwd: project.folder, env: project.env, stderr: "inherit" });
  expect(await push.exited).toBe(0);
  const mail = await until("the mail is done", async () => {
    const queues = JSON.parse((await project.run("queue:status", "--json")).stdout) as QueueStatus[];
    return queues.find(({ queue, done }) => queue === "mail" && done === 1);
  });
  expect(mail).toMatchObject({ pushed: 1, ready: 0, active: 0, failed: 0 });

  expect(await service.stop()).toBe(0);
  expect(await service.printed()).toEqual(["a mail to ada@example.com"]);
});
