import { expect, test } from "bun:test";
import { MEASURES, NAMES } from "../../bench/measure/measures.ts";
import { USAGE, readOptions } from "../../bench/options.ts";
import { systemsOf } from "../../bench/systems/systems.ts";
import { World } from "../../bench/world.ts";
import { code, headings, page, table } from "../support/markdown.ts";

const README = page("bench/README.md");
const flagsIn = (text: string): string[] => [...text.matchAll(/--[a-z]+/g)].map(([flag]) => flag);

test("the benchmark's page tells of every measure, in the order in which they are taken", () => {
  const told = headings(README).find(({ text }) => text === "What is measured")?.body ?? "";
  expect([...told.matchAll(/^- \*\*(\w+)\*\*/gm)].map(([, name = ""]) => name)).toEqual([...NAMES]);
});

test("the benchmark's page has a row for every option, and each can be given", () => {
  const told = table(README, "Option").flatMap(([option = ""]) => flagsIn(code(option)[0] ?? ""));
  expect(told.sort()).toEqual([...new Set(flagsIn(USAGE))].sort());
  const given = ["--only", "growth,idle", "--jobs", "5", "--rounds", "2", "--large", "--quick", "--continue"];
  expect(readOptions(given, NAMES)).toEqual({
    only: ["growth", "idle"],
    jobs: 5,
    rounds: 2,
    large: true,
    quick: true,
    continue: true,
  });
});

test("what --only names must be there", () => {
  expect(() => readOptions(["--only", "speed"], NAMES)).toThrow("--only speed: expected some of throughput, work");
});

test("a system takes part only in measures that there are, under a name of its own", async () => {
  const world = new World();
  const systems = systemsOf(world);
  await world.end();
  expect(systems.flatMap(({ only }) => only ?? []).filter((name) => !NAMES.includes(name))).toEqual([]);
  const [throughput] = MEASURES;
  expect(new Set(systems.map((system) => throughput?.nameOf(system))).size).toBe(systems.length);
});
