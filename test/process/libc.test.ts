import { expect, test } from "bun:test";
import { ptr } from "bun:ffi";
import { closeSync, readSync, writeSync } from "node:fs";
import { openCLibrary } from "../../src/process/c-library.ts";
import { isUnread } from "../../src/process/libc.ts";

const AF_UNIX = 1;
const SOCK_STREAM = 1;
/** The compiler has had its turn by then. */
const OFTEN = 200_000;

const libc = openCLibrary({ socketpair: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" } });

test("tells what is unread in a socket, also when it was asked so often that it is compiled", () => {
  const ends = new Int32Array(new ArrayBuffer(8));
  expect(libc?.socketpair(AF_UNIX, SOCK_STREAM, 0, ptr(ends))).toBe(0);
  const [one = 0, other = 0] = ends;
  let unread = 0;
  for (let times = 0; times < OFTEN; times++) if (isUnread(one)) unread++;
  expect(unread).toBe(0);
  writeSync(one, "x");
  expect(isUnread(one)).toBe(true);
  readSync(other, Buffer.alloc(1));
  expect(isUnread(one)).toBe(false);
  closeSync(one);
  closeSync(other);
});
