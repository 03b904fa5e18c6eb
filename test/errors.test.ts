import { describe, expect, test } from "bun:test";
import { MpqError, isMpqError, reportOf } from "../src/errors.ts";

const trap = (): never => {
  throw new Error("do not look at me");
};
const HOSTILE: Readonly<Record<string, unknown>> = {
  "a proxy that throws": new Proxy({}, { get: trap, has: trap, getPrototypeOf: trap, ownKeys: trap }),
  "an error whose message throws": Object.defineProperty(new Error("hidden"), "message", { get: trap }),
  "an error whose stack throws": Object.defineProperty(new Error("hidden"), "stack", { get: trap }),
  "an object that cannot be printed": Object.assign(Object.create(null), { toJSON: trap }) as unknown,
};

describe("what was thrown", () => {
  test.each(Object.entries(HOSTILE))("is described, and never thrown again: %s", (_, thrown) => {
    const report = reportOf(thrown);
    expect(typeof report.name).toBe("string");
    expect(report.message).not.toBe("");
    expect(isMpqError(thrown)).toBe(false);
  });

  test("is described also where its name is a symbol and it causes itself", () => {
    const error = new Error("round");
    error.cause = error;
    const report = reportOf(Object.assign(error, { name: Symbol("strange") }));
    expect(report.message).not.toBe("");
    expect(JSON.stringify(report).length).toBeLessThan(40_000);
  });

  test("keeps its own words where it has some", () => {
    const cause = new TypeError("the root");
    const report = reportOf(new MpqError("USAGE", "wrong", { cause }));
    expect(report).toMatchObject({ name: "MpqError", message: "wrong" });
    expect(report.stack).toContain("caused by TypeError: the root");
    expect(reportOf("a text").message).toBe("a value that is no Error was thrown: a text");
  });

  test("is cut where it is long", () => {
    const report = reportOf(
      Object.assign(new Error("m".repeat(1e6)), { name: "n".repeat(1e6), stack: "s".repeat(1e6) }),
    );
    expect(JSON.stringify(report).length).toBeLessThan(30_000);
  });
});
