import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { COMBINATIONS, Stores } from "../support/stores.ts";
import { until } from "../support/until.ts";

const stores = new Stores();
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

const WORKERS = 3;
const LONGER = 60;
const JOBS = `
export async function quick() {}
export async function longer(data, job) {
  note("run", job);
  await new Promise((resolve) => setTimeout(resolve, 8));
}`;

describe.each(COMBINATIONS)("$store in $mode mode", ({ store, mode }) => {
  test("jobs that one worker took ahead go to the others when they have nothing to do", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: WORKERS, mode } });
    project.job("jobs", JOBS);
    const service = await project.start();
    // By these each worker takes its jobs for so short that it has many ahead.
    await project.pushAll(
      "q",
      Array.from({ length: 3_000 }, () => ({ job: "quick" })),
    );
    await until("the quick ones are done", async () => (await project.counts("q")).done === 3_000);
    await project.pushAll(
      "q",
      Array.from({ length: LONGER }, () => ({ job: "longer" })),
    );
    await until("all are done", async () => (await project.counts("q")).done === 3_000 + LONGER);
    const shares = Object.values(Object.groupBy(project.steps("run"), ({ pid }) => String(pid)));
    expect(shares).toHaveLength(WORKERS);
    for (const share of shares) expect(share?.length).toBeGreaterThan(LONGER / 10);
    expect(project.steps("run")).toHaveLength(LONGER);
    expect(await service.stop()).toBe(0);
  });
});
