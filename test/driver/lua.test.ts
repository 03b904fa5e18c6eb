import { describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { QUEUE_KEYS } from "../../src/driver/redis/keys.ts";
import { SCRIPTS, type Script } from "../../src/driver/redis/scripts.ts";

const FOLDER = join(import.meta.dir, "../../src/driver/redis/lua");
const HEADINGS = ["keys", "args", "reply", "promise"];

/** The beginning of every script on a queue, what some share, and the second halves of two. */
const PARTS = ["queue", "ready", "held", "kept", "many", "take"];

const queue = await readLua("queue");

describe("a script", () => {
  test("stands in a file of its own, and every file is a script or a part of one", async () => {
    const files = (await readdir(FOLDER)).map((file) => file.replace(".lua", ""));
    expect(files.toSorted()).toEqual([...Object.keys(SCRIPTS), ...PARTS].toSorted());
  });

  test("on a queue gets the keys that the code passes, in that order", () => {
    expect(namesGivenTo(queue, "KEYS")).toEqual([...QUEUE_KEYS]);
  });

  for (const [name, script] of Object.entries<Script<string, unknown>>({ ...SCRIPTS })) {
    test(`says what it promises: ${name}`, async () => {
      const text = await readLua(name);
      expect(headingsOf(text)).toEqual(HEADINGS);
      expect(script.name).toBe(name);
    });

    test(`gets the arguments that the code passes, in that order: ${name}`, async () => {
      const text = await readLua(name);
      expect(namesGivenTo(text, "ARGV")).toEqual([...script.args]);
      const described = /^-- args:([^]*?)^-- reply:/m.exec(text)?.[1] ?? "";
      for (const arg of script.args) expect(described).toMatch(new RegExp(`\\b${arg}\\b`));
      expect(script.text.includes(text)).toBe(true);
    });
  }
});

function readLua(name: string): Promise<string> {
  return Bun.file(join(FOLDER, `${name}.lua`)).text();
}

function headingsOf(text: string): readonly string[] {
  return Array.from(text.matchAll(/^-- (\w+): +\S/gm), ([, heading = ""]) => heading);
}

/** The names in `local a, b = KEYS[1], tonumber(KEYS[2])`, by their numbers from 1 without a gap. */
function namesGivenTo(text: string, list: "KEYS" | "ARGV"): readonly string[] {
  const names: string[] = [];
  for (const [, left = "", right = ""] of text.matchAll(/^local ([\w, ]+) = (.*)$/gm)) {
    const targets = left.split(", ");
    for (const [index, value] of right.split(", ").entries()) {
      const number = new RegExp(`\\b${list}\\[(\\d+)\\]`).exec(value)?.[1];
      if (number !== undefined) names[Number(number) - 1] = targets[index] ?? "";
    }
  }
  return names;
}
