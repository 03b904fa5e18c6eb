import { describe, expect, test } from "bun:test";
import { type Doom, causeOfDeath } from "../../../src/process/master/death.ts";
import type { ChildExit } from "../../../src/process/role.ts";

const SIGKILL: ChildExit = { signal: "SIGKILL" };
/** Of slot 3: the second run in it, and the first. */
const OWN = { slot: 3, word: (2 << 3) | 2 };
const EARLIER = { slot: 3, word: (1 << 3) | 2 };

describe("the end of a worker means for the run that was going on in it", () => {
  test.each([
    ["killed by a signal", undefined, { signal: "SIGSEGV" }, "killed", /SIGSEGV/],
    ["exited with an error", undefined, { code: 70 }, "exit", /code 70/],
    ["exited as if all were well", undefined, { code: 0 }, "exit", /code 0/],
    ["killed for this run's timeout", { cause: "timeout", run: OWN, timeoutMs: 1_500 }, SIGKILL, "timeout", /1\.5 s/],
    [
      "killed for another's timeout",
      { cause: "timeout", run: { ...OWN, slot: 4 }, timeoutMs: 1 },
      SIGKILL,
      "released",
      /another/,
    ],
    [
      "killed for the timeout of the run before it, which ended in that moment",
      { cause: "timeout", run: EARLIER, timeoutMs: 1 },
      SIGKILL,
      "released",
      /another/,
    ],
    ["killed because it did not answer", { cause: "silent" }, SIGKILL, "killed", /answer/],
    ["ended by itself, which made it silent first", { cause: "silent" }, { code: 70 }, "exit", /code 70/],
    ["crashed, which made it silent first", { cause: "silent" }, { signal: "SIGSEGV" }, "killed", /SIGSEGV/],
    ["killed because the service stops", { cause: "stop" }, SIGKILL, "released", /stopped/],
    ["left by itself though it was to be killed", { cause: "stop" }, { code: 1 }, "released", /stopped/],
  ] satisfies [string, Doom | undefined, ChildExit, string, RegExp][])("%s", (_title, doom, exit, outcome, message) => {
    const cause = causeOfDeath(doom, exit, OWN);
    expect(cause).toMatchObject({ outcome, error: { message: expect.stringMatching(message) } });
  });
});
