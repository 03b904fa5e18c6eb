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
    ["without any time or retries", { name: '"', policy: { ...DEFAULT_POLICY, timeoutMs: 0, retries: 0 } }],
  ];
  test.each(envelopes)("%s", (_, envelope) => {
    const { data, ...opened } = openEnvelope(encodeEnvelope(envelope));
    expect({ ...opened, data: data === undefined ? undefined : JSON.stringify(data) } as object).toEqual(envelope);
  });
});

test.each([
  ["no JSON", "{", "is no JSON"],
  ["no object", "1", "is no JSON object"],
  ["a later version", '{"v":2,"n":"A","t":1,"r":1,"w":1}', "has version 2"],
  ["no version", "{}", "has version undefined"],
  ["no name", '{"v":1,"t":1,"r":1,"w":1}', "is damaged"],
  ["a timeout that is no number", '{"v":1,"n":"A","t":"1","r":1,"w":1}', "is damaged"],
  ["a timeout of more than a hundred years", '{"v":1,"n":"A","t":1e300,"r":1,"w":1}', "is damaged"],
  ["a part of a retry", '{"v":1,"n":"A","t":1,"r":1.5,"w":1}', "is damaged"],
  ["a delay that ends before it begins", '{"v":1,"n":"A","t":1,"r":1,"w":-1}', "is damaged"],
  [
    "a backoff without bounds",
    '{"v":1,"n":"A","t":1,"r":1,"w":{"type":"exponential","baseMs":1e308,"maxMs":1e308,"jitter":2}}',
    "is damaged",
  ],
  ["a backoff of another kind", '{"v":1,"n":"A","t":1,"r":1,"w":{"type":"linear"}}', "is damaged"],
  ["a source that is no text", '{"v":1,"n":"A","t":1,"r":1,"w":1,"s":1,"g":"k.m"}', "is damaged"],
  ["a signature that is no text", '{"v":1,"n":"A","t":1,"r":1,"w":1,"s":"1","g":1}', "is damaged"],
  ["a signature and no source", '{"v":1,"n":"A","t":1,"r":1,"w":1,"g":"k.m"}', "is damaged"],
  ["data that is no object", '{"v":1,"n":"A","t":1,"r":1,"w":1,"d":[1]}', "is damaged"],
])("an envelope with %s is refused", (_, text, message) => {
  const refusal = expect.objectContaining({ code: "JOB_INVALID", message: expect.stringContaining(message) });
  expect(() => openEnvelope(text)).toThrow(refusal as unknown as Error);
});
