import { expect, test } from "bun:test";
import { existsSync, utimesSync } from "node:fs";
import { mkdir, stat, utimes, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Bells } from "../../../src/driver/sqlite/bells.ts";
import { Rivals } from "../../../src/driver/sqlite/rivals.ts";
import { Folder } from "./folder.ts";

const LONG_MS = 5;
const SHORT_MS = 0.5;
const OWN_VERSION = 0;
const CHANGED_BY_OTHERS = 7;

/** One process that writes to the file, and the sign that all of them see. */
async function newRivals(folder: Folder): Promise<{ rivals: Rivals; sign: string }> {
  const { sign } = new Bells(folder.file);
  await mkdir(dirname(sign));
  return { rivals: new Rivals(sign), sign };
}

function write(rivals: Rivals, ms: number, version: number, ended: number = performance.now()): number {
  rivals.wrote(ended - ms, ended, version);
  return ended;
}

/** Whether a turn comes before anything else can happen in this process. */
async function comesAtOnce(turn: Promise<void>): Promise<boolean> {
  const next = new Promise<boolean>((resolve) => setImmediate(() => resolve(false)));
  return Promise.race([turn.then(() => true), next]);
}

test("who writes alone goes on at once", async () => {
  await using folder = await Folder.make();
  const { rivals } = await newRivals(folder);
  write(rivals, LONG_MS, OWN_VERSION);
  expect(await comesAtOnce(rivals.turn())).toBe(true);
});

test("a long transaction leaves others a moment while they write too, a short one none", async () => {
  await using folder = await Folder.make();
  const { rivals } = await newRivals(folder);
  const ended = write(rivals, LONG_MS, CHANGED_BY_OTHERS);
  await rivals.turn();
  expect(performance.now()).toBeGreaterThanOrEqual(ended + 0.9);
  write(rivals, SHORT_MS, CHANGED_BY_OTHERS);
  expect(await comesAtOnce(rivals.turn())).toBe(true);
});

test("others are let through for as long as they are likely to write again", async () => {
  await using folder = await Folder.make();
  const { rivals } = await newRivals(folder);
  write(rivals, SHORT_MS, CHANGED_BY_OTHERS, performance.now() - 20);
  const ended = write(rivals, LONG_MS, CHANGED_BY_OTHERS);
  await rivals.turn();
  expect(performance.now()).toBeGreaterThanOrEqual(ended + 0.9);
  const later = new Rivals(new Bells(folder.file).sign);
  write(later, SHORT_MS, CHANGED_BY_OTHERS, performance.now() - 101);
  write(later, LONG_MS, CHANGED_BY_OTHERS);
  expect(await comesAtOnce(later.turn())).toBe(true);
});

test("who writes for a short time says that it waits, who writes for long does not", async () => {
  await using folder = await Folder.make();
  const { rivals, sign } = await newRivals(folder);
  write(rivals, LONG_MS, OWN_VERSION);
  await rivals.refused(0);
  expect(existsSync(sign)).toBe(false);
  write(rivals, SHORT_MS, OWN_VERSION);
  await rivals.refused(0);
  await utimes(sign, 0, 0);
  await rivals.refused(0);
  expect((await stat(sign)).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
});

test("who writes for long lets through who has said that it waits, and not for ever", async () => {
  await using folder = await Folder.make();
  const { rivals, sign } = await newRivals(folder);
  await writeFile(sign, "");
  write(rivals, LONG_MS, OWN_VERSION);
  const touch = (): void => utimesSync(sign, new Date(), new Date());
  const turn = async (): Promise<boolean> => {
    touch();
    return comesAtOnce(rivals.turn());
  };
  const touching = setInterval(touch, 1);
  // Where the machine holds this process up between the two, the sign is old: then once more.
  while (await turn());
  await rivals.turn();
  clearInterval(touching);
});

test.each(["not there", "a file"])("a folder that is %s takes nobody's turn away", async (state) => {
  await using folder = await Folder.make();
  if (state === "a file") await writeFile(`${folder.file}-bells`, "in the way");
  const rivals = new Rivals(new Bells(folder.file).sign);
  await rivals.refused(0);
  write(rivals, LONG_MS, OWN_VERSION);
  expect(await comesAtOnce(rivals.turn())).toBe(true);
});
