import { afterAll, afterEach, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Stores } from "../support/stores.ts";

const stores = new Stores();
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

test("mpq demo runs a job for each file, kills a worker half-way, and says that the numbers agree", async () => {
  const project = await stores.project("sqlite");
  const content = randomBytes(300_000).toString("base64");
  for (let n = 0; n < 60; n++) project.write(`files/${n}`, content);
  project.write("tmp/own", "");
  const env = { ...project.env, TMPDIR: join(project.folder, "tmp") };
  const { code, stdout, stderr } = await project.run(env, "demo", "files");
  expect(code).toBe(0);
  expect(stderr).toMatch(/Killed worker \d+ with SIGKILL/);
  expect(stdout).toMatch(/^60 files, \d+ MB/);
  expect(stdout).toMatch(/\npushed 60 = done 60; the jobs' own ledger has 60 finished, [01] run more than once\n/);
  expect(stdout).toEndWith("Nothing was lost, and nothing that was finished was run again.\n");
  expect(readdirSync(join(project.folder, "tmp"))).toEqual(["own"]);
});
