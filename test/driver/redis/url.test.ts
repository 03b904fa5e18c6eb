import { describe, expect, test } from "bun:test";
import { targetOf } from "../../../src/driver/redis/url.ts";

const READ: readonly (readonly [url: string, target: object])[] = [
  ["redis://cache", { label: "redis://cache", options: { host: "cache", port: 6379, db: 0 } }],
  ["redis://cache:7000/3", { options: { host: "cache", port: 7000, db: 3 } }],
  ["redis://cache?db=4", { options: { host: "cache", db: 4 } }],
  ["redis://", { options: { host: "127.0.0.1", port: 6379 } }],
  ["redis://[::1]:6380", { options: { host: "::1", port: 6380 } }],
  ["redis://me:a%40b@cache", { label: "redis://cache", options: { username: "me", password: "a@b" } }],
  ["redis://:word@cache", { label: "redis://cache", options: { password: "word" } }],
  ["rediss://cache", { label: "rediss://cache", options: { host: "cache", tls: {} } }],
  ["redis+unix:///run/redis.sock?db=2", { options: { path: "/run/redis.sock", db: 2 } }],
  [
    "redis+cluster://:w@a:1,b",
    {
      label: "redis+cluster://a:1,b",
      options: { password: "w" },
      cluster: [
        { host: "a", port: 1 },
        { host: "b", port: 6379 },
      ],
    },
  ],
  [
    "redis+sentinel://a,b:1/main?db=2",
    {
      label: "redis+sentinel://a,b:1/main?db=2",
      options: {
        sentinels: [
          { host: "a", port: 26379 },
          { host: "b", port: 1 },
        ],
        name: "main",
        db: 2,
      },
    },
  ],
];

const REFUSED: readonly string[] = [
  "http://cache",
  "cache:6379",
  "redis://:hidden@cache/name",
  "redis://cache:port",
  "redis+sentinel://cache",
  "redis+unix://host/path",
  "redis+unix://",
  "redis://cache?database=1",
  "redis://:hidden%zz@cache",
];

describe("the address of a Redis", () => {
  for (const [url, target] of READ) {
    test(`is read: ${url}`, () => expect(targetOf({ url })).toMatchObject(target));
  }

  for (const url of REFUSED) {
    test(`is refused, without the password: ${url}`, () => {
      const refused = expect(() => targetOf({ url }));
      refused.toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
      expect(() => targetOf({ url })).not.toThrow(/hidden/);
    });
  }
});
