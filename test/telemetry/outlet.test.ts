import { describe, expect, test } from "bun:test";
import { Outlet } from "../../src/telemetry/outlet.ts";
import { until } from "../support/until.ts";

/** An outlet whose writes end when the test says so. */
function heldOutlet(): {
  outlet: Outlet;
  written: string[];
  lost: number[];
  failures: unknown[];
  end: (error?: Error) => void;
} {
  const written: string[] = [];
  const lost: number[] = [];
  const failures: unknown[] = [];
  let end: (error?: Error) => void = () => undefined;
  const outlet = new Outlet({
    write: async (texts) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      end = (error) => (error === undefined ? resolve() : reject(error));
      await promise;
      written.push(...texts);
    },
    onLost: (lines) => lost.push(lines),
    onFailure: (error) => failures.push(error),
  });
  return { outlet, written, lost, failures, end: (error) => end(error) };
}

const LONG = "x".repeat(300 * 1024);

describe("an outlet", () => {
  test("writes in order, one write at a time, and what has gathered together", async () => {
    const { outlet, written, end } = heldOutlet();
    for (const text of ["a", "b", "c"]) outlet.write(text);
    expect(written).toEqual([]);
    end();
    await until("the first is written", () => written.length === 1);
    end();
    expect(await outlet.flushed(1_000)).toBe(true);
    expect(written).toEqual(["a", "b", "c"]);
  });

  test("asks to wait when much waits, until it is written", async () => {
    const { outlet, end } = heldOutlet();
    outlet.write("a");
    expect(outlet.room()).toBeUndefined();
    outlet.write(LONG);
    const room = outlet.room();
    expect(room).toBeInstanceOf(Promise);
    await until("there is room", () => {
      end();
      return outlet.room() === undefined;
    });
    await room;
  });

  test("keeps nobody waiting whose reader has stopped, loses what comes then, and tells how much when it goes on", async () => {
    const { outlet, written, lost, end } = heldOutlet();
    outlet.write(LONG);
    await outlet.room();
    expect(outlet.room()).toBeUndefined();
    outlet.write("lost");
    outlet.write("lost as well", 2);
    end();
    await until("what was lost is told", () => lost.length === 1);
    expect([lost, written]).toEqual([[3], [LONG]]);
    outlet.write("goes on");
    end();
    expect(await outlet.flushed(1_000)).toBe(true);
    expect(written.at(-1)).toBe("goes on");
  }, 20_000);

  test("counts what a failing write lost, tells of the failure once, and tries again", async () => {
    const { outlet, written, lost, failures, end } = heldOutlet();
    outlet.write("lost");
    end(new Error("no room"));
    await until("the failure is told", () => failures.length === 1);
    outlet.write("kept");
    await until("it is tried again", () => {
      end();
      return written.length === 1;
    });
    expect([written, lost.length, failures.length]).toEqual([["kept"], 1, 1]);
  });

  test("gives up a reader that takes nothing when it is to be flushed", async () => {
    const { outlet } = heldOutlet();
    outlet.write("a");
    expect(await outlet.flushed(20)).toBe(false);
  });
});
