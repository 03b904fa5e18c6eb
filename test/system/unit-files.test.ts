import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { EXIT_CODES } from "../../src/errors.ts";
import { BINARY } from "../support/binary.ts";
import { page } from "../support/markdown.ts";

const UNITS = [
  { file: "mpq.service", flags: [] },
  { file: "mpq@.service", flags: ["--template"] },
] as const;

/** systemd counts what a service could reach, from 0 to 10; a service without any protection has 9.6. Here in tenths. */
const MOST_EXPOSURE = 20;

/** What a unit for the project `mpq` says below its header, and what the template says in its place. */
const IN_TEMPLATE: readonly (readonly [RegExp, string])[] = [
  [/\/srv\/mpq\b/g, "/srv/%i"],
  [/\/mpq\.env\b/, "/%i.env"],
  [/(\/run|\/var\/lib|\/var\/log)\/mpq\b/g, "$1/mpq-%i"],
  [/Directory=mpq$/gm, "Directory=mpq-%i"],
  [/^Description=.*$/m, "$& of %i"],
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mpq-units-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...command: readonly string[]): Promise<{ code: number; output: string }> {
  const child = Bun.spawn([...command], { stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, output: stdout + stderr };
}

/** What systemd finds to say of a unit file, and not of others on this machine that it needs. */
async function verify(path: string): Promise<{ code: number; faults: readonly string[] }> {
  const { code, output } = await run("systemd-analyze", "verify", "--recursive-errors=no", path);
  const name = basename(path).replace(/@?\.service$/, "");
  return { code, faults: output.split("\n").filter((line) => line.includes(name)) };
}

describe.each(UNITS)("$file", ({ file, flags }) => {
  test("is what systemd:unit prints, with the place of this executable, and systemd finds no fault in it", async () => {
    const { code, output } = await run(BINARY, "systemd:unit", ...flags);
    expect(code).toBe(0);
    expect(output).toBe(page(`systemd/${file}`).replaceAll("=/usr/local/bin/mpq ", `=${BINARY} `));
    expect(output).toContain(`ExecStart=${BINARY} worker:start\n`);
    const path = join(folder, file);
    writeFileSync(path, output);
    expect(await verify(path)).toEqual({ code: 0, faults: [] });
  });

  test("leaves jobs little to reach", async () => {
    const analyze = ["systemd-analyze", "security", "--offline=true", "--no-pager", `--threshold=${MOST_EXPOSURE}`];
    const { code, output } = await run(...analyze, join(import.meta.dir, "../../systemd", file));
    expect(output).toContain("Overall exposure level");
    expect(code).toBe(0);
  });

  test("lets JavaScript be compiled", () => {
    expect(page(`systemd/${file}`)).not.toMatch(/^MemoryDenyWriteExecute=/m);
  });

  test("starts a service again unless it ended for what only a person can mend", () => {
    const [, codes = ""] = /^RestartPreventExitStatus=(.*)$/m.exec(page(`systemd/${file}`)) ?? [];
    expect(codes.split(" ").map(Number)).toEqual([Number(EXIT_CODES.USAGE), Number(EXIT_CODES.CONFIG_INVALID)]);
    expect(page(`systemd/${file}`)).toContain("\nRestart=on-failure\n");
  });
});

test("the template says of each project what the unit says of one", () => {
  const below = (file: string): string => page(`systemd/${file}`).replace(/^#.*\n#.*\n/, "");
  const expected = IN_TEMPLATE.reduce((text, [from, to]) => text.replace(from, to), below("mpq.service"));
  expect(below("mpq@.service")).toBe(expected);
});

test("systemd:unit quotes a place with spaces and signs, so that systemd finds it", async () => {
  const odd = join(folder, "50% of my tools", "mpq");
  await Bun.write(odd, Bun.file(BINARY));
  await run("chmod", "+x", odd);
  const { output } = await run(odd, "systemd:unit");
  expect(output).toContain(`ExecStart="${odd.replace("%", "%%")}" worker:start\n`);
  const path = join(folder, "odd.service");
  writeFileSync(path, output);
  expect(await verify(path)).toEqual({ code: 0, faults: [] });
});
