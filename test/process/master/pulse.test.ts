import { describe, expect, test } from "bun:test";
import { type Care, type Silence, careFor } from "../../../src/process/master/pulse.ts";

describe("a worker that runs nothing", () => {
  const cases: readonly [title: string, silence: Silence, care: Care][] = [
    ["spoke just now", { looks: 0, asked: undefined }, "none"],
    ["was silent for a moment", { looks: 1, asked: undefined }, "none"],
    ["stays silent", { looks: 2, asked: undefined }, "ask"],
    ["has just been asked", { looks: 3, asked: 0 }, "none"],
    ["is not asked twice", { looks: 11, asked: 9 }, "none"],
    ["does not answer", { looks: 12, asked: 10 }, "give-up"],
  ];
  test.each([...cases])("%s", (_, silence, care) => {
    expect(careFor(silence)).toBe(care);
  });
});
