import { describe, expect, test } from "bun:test";
import { isSignedWith, keyIdIn, keyIdOf, signCode, type SignedCode } from "../../src/job/signature.ts";

const SECRET = "a secret of this test";
const CODE: SignedCode = { queue: "q", id: "1", name: "f", source: "() => 1", data: { n: 1 } };

test("a signature holds for what was signed, and names its secret without telling it", () => {
  const signature = signCode(CODE, SECRET);
  expect(isSignedWith(SECRET, { ...CODE, data: { n: 1 } }, signature)).toBe(true);
  expect(keyIdIn(signature)).toBe(keyIdOf(SECRET));
  expect(keyIdOf(SECRET)).not.toBe(keyIdOf(`${SECRET}!`));
});

test("data reads the same after its way through JSON, whatever it holds", () => {
  const data = { 2: "b", 1: "a", é: "\u2028\ud800", n: [1e21, 5e-324, -0, null], __proto__: null, o: { z: 1, a: 2 } };
  const signature = signCode({ ...CODE, data: JSON.parse(JSON.stringify(data)) as SignedCode["data"] }, SECRET);
  const again = JSON.parse(JSON.stringify(JSON.parse(JSON.stringify(data)))) as SignedCode["data"];
  expect(isSignedWith(SECRET, { ...CODE, data: again }, signature)).toBe(true);
});

describe("a signature does not hold for", () => {
  test.each<[string, Partial<SignedCode>]>([
    ["another queue", { queue: "r" }],
    ["another job", { id: "2" }],
    ["another name", { name: "g" }],
    ["another source", { source: "() => 2" }],
    ["other data", { data: { n: 2 } }],
    ["more data", { data: { n: 1, m: 1 } }],
    ["no data", { data: undefined }],
    ["parts that are cut elsewhere", { queue: 'q","1', id: "f" }],
  ])("%s", (_, change) => {
    expect(isSignedWith(SECRET, { ...CODE, ...change }, signCode(CODE, SECRET))).toBe(false);
  });

  test("another secret", () => {
    expect(isSignedWith(`${SECRET}!`, CODE, signCode(CODE, SECRET))).toBe(false);
  });
});

test.each(["", "x", "12345678.", ".", `${"k".repeat(8)}.${"m".repeat(42)}`])("%p is no signature", (text) => {
  expect(keyIdIn(text)).toBeUndefined();
  expect(isSignedWith(SECRET, CODE, text)).toBe(false);
});
