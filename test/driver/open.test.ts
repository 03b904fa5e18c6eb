import { expect, test } from "bun:test";
import { driverFromUrl } from "../../src/driver/open.ts";

const STORES: readonly [string, string][] = [
  ["sqlite:a.db", "/srv/a.db"],
  ["sqlite:/var/lib/a.db", "/var/lib/a.db"],
  ["sqlite:///var/lib/a.db", "/var/lib/a.db"],
  ["SQLITE:a.db", "/srv/a.db"],
  ["redis://cache:6379/0", "cache:6379"],
  ["rediss://cache:6380", "cache:6380"],
  ["redis+cluster://one:7000", "one:7000"],
  ["redis+sentinel://one:26379/main", "one:26379"],
];
test.each(STORES)("%s is a store", (url, expected) => {
  expect(driverFromUrl(url, "/srv").label).toContain(expected);
});

test.each(["", "a.db", "sqlite:", "redis:cache", "mysql://me:secret@db"])(
  "%p is refused, without its password",
  (url) => {
    const open = (): unknown => driverFromUrl(url, "/srv");
    expect(open).toThrow(/expected sqlite:<path>/);
    expect(open).not.toThrow(/secret/);
  },
);
