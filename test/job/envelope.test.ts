import { describe, expect, test } from "bun:test";
import { encodeEnvelope, type Envelope, openEnvelope } from "../../src/job/envelope.ts";
import { DEFAULT_POLICY } from "../../src/job/retry.ts";

const backoff = { type: "exponential", baseMs: 1, maxMs: 2, jitter: 0.5 } as const;

describe("an envelope reads as it was written", () => {
  const envelopes: readonly (readonly [string, Envelope])[] = [
    ["without data", { name: "Sweep", policy: DEFAULT_POLICY }],
    ["with data", { name: "SendMail", data: '{"to":"ö\\"","n":[1,null]}', policy: DEFAULT_POLICY }],
    ["with empty data", { name: "SendMail", data: "{}", policy: DEFAULT_POLICY }],
    ["with a backoff", { name: "A.b", policy: { ...DEFAULT_POLICY, retryDelay: backoff, retryOnTimeout: true } }],
    ["with code", { name: "f", data: "{}", policy: DEFAULT_POLICY, code: { source: '() => "\n"', signature: "k.m" } }],
    ["with code and no data", { name: "f", policy: DEFAULT_POLICY, code: { source: "f", signature: "k.m" } }],
    ["retried after a timeout", { name: "f", data: "{}", policy: { ...DEFAULT_POLICY, retryOnTimeout: true } }],
    ["with times of milliseconds", { name: "f", policy: { ...DEFAULT_POLICY, timeoutMs: 1, retryDelay: 1_001 } }],
    ["without any time or retries", { name: '"', policy: { ...DEFAULT_POLICY, timeoutMs: 0, retries: 0 } }],
  ];
  test.each(envelopes)("%s", (_, envelope) => {
    const { data, ...opened } = openEnvelope(encodeEnvelope(envelope));
    expect({ ...opened, data: data === undefined ? undefined : JSON.stringify(data) } as object).toEqual(envelope);
  });
});

test.each([
  ["no JSON", "{", "is no JSON"],
  ["no list", "1", "is no JSON list"],
  ["an object without a version", '{"n":"A"}', "is no JSON list"],
  ["a later version", '{"v":2,"n":"A"}', "has version 2"],
  ["nothing", "[]", "is damaged"],
  ["no name", "[1,1,1]", "is damaged"],
  ["a timeout that is no number", '["A","1",1,1]', "is damaged"],
  ["a timeout of more than a hundred years", '["A",1e300,1,1]', "is damaged"],
  ["a part of a retry", '["A",1,1.5,1]', "is damaged"],
  ["a delay that ends before it begins", '["A",1,1,-1]', "is damaged"],
  [
    "a backoff without bounds",
    '["A",1,1,{"type":"exponential","baseMs":1e308,"maxMs":1e308,"jitter":2}]',
    "is damaged",
  ],
  ["a backoff of another kind", '["A",1,1,{"type":"linear"}]', "is damaged"],
  ["a source that is no text", '["A",1,1,1,0,{"s":1,"g":"k.m"}]', "is damaged"],
  ["a signature that is no text", '["A",1,1,1,0,{"s":"1","g":1}]', "is damaged"],
  ["a signature and no source", '["A",1,1,1,0,{"g":"k.m"}]', "is damaged"],
  ["data that is no object", '["A",1,1,1,[1]]', "is damaged"],
  ["data that is null", '["A",1,1,1,null]', "is damaged"],
  ["nothing where there is more", '["A",1,1,1,0,null]', "is damaged"],
])("an envelope with %s is refused", (_, text, message) => {
  const refusal = expect.objectContaining({ code: "JOB_INVALID", message: expect.stringContaining(message) });
  expect(() => openEnvelope(text)).toThrow(refusal as unknown as Error);
});

test("an envelope is short, since each waiting job has one", () => {
  expect(encodeEnvelope({ name: "SendMail", data: '{"to":1}', policy: DEFAULT_POLICY })).toBe(
    '["SendMail",120,3,3,{"to":1}]',
  );
});
