import { describe, expect, test } from "bun:test";
import { runInNewContext } from "node:vm";
import { encodeData, isJobData, type JobData } from "../../src/job/data.ts";

function nested(depth: number): JobData {
  let data: JobData = {};
  for (let level = 1; level < depth; level++) data = { in: data };
  return data;
}

const cycle: Record<string, unknown> = {};
cycle["self"] = [cycle];
const shared = { n: 1 };

describe("data that JSON carries arrives as it was pushed", () => {
  const faithful: readonly (readonly [string, JobData])[] = [
    ["nothing in it", {}],
    ["strings of any alphabet, quotes and a lone surrogate", { a: 'ö"\\\n\u2028', b: "\ud800", "": "empty key" }],
    ["numbers", { zero: 0, tiny: 5e-324, large: Number.MAX_SAFE_INTEGER, part: 0.1 }],
    ["null, booleans and lists in lists", { a: null, b: true, c: [[], [1, [null]]] }],
    ["one object in two places", { a: shared, b: [shared, shared] }],
    ["a key named __proto__", JSON.parse('{"__proto__":{"a":1}}') as JobData],
    ["an object without a prototype", Object.assign(Object.create(null) as object, { a: 1 })],
    ["an object of another realm", runInNewContext("({ a: { b: [1] } })") as JobData],
    ["what is nested as deep as allowed", nested(500)],
  ];
  test.each(faithful)("%s", (_, data) => {
    expect(JSON.stringify(JSON.parse(encodeData(data)))).toBe(JSON.stringify(data));
  });
});

test("a field that is undefined is left out, as the handler would read it anyway", () => {
  expect(encodeData({ a: undefined, b: 1 })).toBe('{"b":1}');
});

describe("data that JSON cannot carry is refused with the path to it", () => {
  const refused: readonly (readonly [string, JobData, string])[] = [
    ["a function", { send() {} }, "data.send is a function"],
    ["a symbol", { a: Symbol("s") }, "data.a is a symbol"],
    ["a BigInt", { a: { b: [0, 1n] } }, "data.a.b[1] is a BigInt"],
    ["NaN", { a: Number.NaN }, "data.a is NaN"],
    ["Infinity", { a: -Infinity }, "data.a is -Infinity"],
    ["undefined in a list", { list: [1, undefined] }, "data.list[1] is undefined"],
    ["a hole in a list", { list: Array.from({ length: 2 }) }, "data.list[0] is undefined"],
    ["a cycle", cycle, "data.self[0] is a reference to an object that contains it"],
    ["a Date", { at: new Date(0) }, "data.at is an instance of Date"],
    ["a Map", { map: new Map() }, "data.map is an instance of Map"],
    ["bytes", { bytes: new Uint8Array(1) }, "data.bytes is an instance of Uint8Array"],
    ["an error", { "the error": new TypeError("x") }, 'data["the error"] is an instance of TypeError'],
    ["what is nested too deep", nested(501), "nested 500 deep"],
  ];
  test.each(refused)("%s", (_, data, message) => {
    const refusal = expect.objectContaining({ code: "DATA_NOT_JSON", message: expect.stringContaining(message) });
    expect(() => encodeData(data)).toThrow(refusal as unknown as Error);
  });
});

test.each([
  [{}, true],
  [Object.create(null), true],
  [[], false],
  [null, false],
  ["text", false],
  [new Date(0), false],
  [Object.create({}), false],
  [Object.create(Object.create(null)), false],
])("whether %p may be a job's data: %p", (value, answer) => {
  expect(isJobData(value)).toBe(answer);
});
