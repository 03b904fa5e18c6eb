import { expect, test } from "bun:test";
import { Bell } from "../../src/process/bell.ts";
import { hostClock } from "../../src/process/clock.ts";

const LONG_MS = 60_000;

/** Whether a promise is settled once everything that could run at once has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => (settled = true));
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

test("a wait ends when the bell rings", async () => {
  const bell = new Bell(hostClock);
  const wait = bell.wait(LONG_MS);
  expect(await isSettled(wait)).toBe(false);
  bell.ring();
  await wait;
});

test("a ring before the wait is not missed", async () => {
  const bell = new Bell(hostClock);
  bell.ring();
  await bell.wait(LONG_MS);
});

test("many rings before the loop looks wake it once", async () => {
  const bell = new Bell(hostClock);
  for (let ring = 0; ring < 3; ring++) bell.ring();
  await bell.wait(LONG_MS);
  const next = bell.wait(LONG_MS);
  expect(await isSettled(next)).toBe(false);
  bell.ring();
  await next;
});

test.each([0, -5, 1])("a wait of %d ms ends without a ring", async (timeoutMs) => {
  await new Bell(hostClock).wait(timeoutMs);
});
