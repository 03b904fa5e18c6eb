import { expect, test } from "bun:test";
import { FinalError } from "../../src/index.ts";
import { isFinal } from "../../src/job/final.ts";

class NoSuchCustomer extends FinalError {}

/** The same error of another copy of the package, as far as this one can tell. */
const OF_ANOTHER_COPY = Object.assign(new Error("no"), { [Symbol.for("mpq.final")]: true });

test.each<[string, unknown, boolean]>([
  ["a FinalError", new FinalError("no"), true],
  ["one that extends it", new NoSuchCustomer("no"), true],
  ["one of another copy of the package", OF_ANOTHER_COPY, true],
  ["an error that is only called so", Object.assign(new Error("no"), { name: "FinalError" }), false],
  ["an ordinary error", new Error("no"), false],
  ["a text", "no", false],
  ["null", null, false],
  ["nothing", undefined, false],
])("%s", (_, thrown, expected) => {
  expect(isFinal(thrown)).toBe(expected);
});

test("a FinalError says what it is, and keeps its cause", () => {
  const cause = new TypeError("it broke");
  expect(new FinalError("no such customer", { cause })).toMatchObject({
    name: "FinalError",
    message: "no such customer",
    cause,
  });
});

test("what throws when it is looked at is no final error", () => {
  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error("hands off");
      },
    },
  );
  expect(isFinal(hostile)).toBe(false);
});
