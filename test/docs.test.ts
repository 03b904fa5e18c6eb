import { afterAll, describe, expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { allCommands } from "../src/cli/commands.ts";
import { spellingsOf } from "../src/cli/command.ts";
import { LOG_OPTIONS, OPTIONS, ORIGINAL_NAMES, QUEUE_OPTIONS } from "../src/config/options.ts";
import { DEFAULT_NAME, defaultQueue } from "../src/config/config.ts";
import { ERROR_CODES, EXIT_CODES } from "../src/errors.ts";
import { JOB_STATES } from "../src/job/state.ts";
import { INTENTS } from "../src/process/manage/signals.ts";
import { ROOT, code, fences, headings, page, table, withoutFences } from "./support/markdown.ts";
import { compile } from "./support/compile.ts";

const COMMANDS = await allCommands();

const PAGES = [
  "README.md",
  "CHANGELOG.md",
  "examples/README.md",
  ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`),
];

/** The first column of a table, without its backticks. */
function column(path: string, head: string): string[] {
  return table(page(path), head).map(([first = ""]) => code(first)[0] ?? first);
}

/** The fields of an interface as its source has them. */
function fieldsOf(path: string, name: string): string[] {
  const body = new RegExp(`interface ${name}\\b[^{]*\\{([\\s\\S]*?)^\\}`, "m").exec(page(path))?.[1] ?? "";
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, field = ""]) => field);
}

const sorted = (words: Iterable<string>): string[] => [...words].sort();

describe("docs/configuration.md", () => {
  const of = (name: string): string[] => fieldsOf("src/config/config.ts", name);
  const policy = fieldsOf("src/job/job.ts", "PolicyOptions");

  test("has a row for every option of the service, of log and of a queue, and for nothing else", () => {
    expect(sorted(column("docs/configuration.md", "Option"))).toEqual(sorted(of("Options")));
    expect(sorted(column("docs/configuration.md", "Option of `log`"))).toEqual(sorted(of("LogOptions")));
    expect(sorted(column("docs/configuration.md", "Option of a queue"))).toEqual(
      sorted([...of("QueueOptions"), ...policy]),
    );
  });

  test("names the options that the configuration is read by", () => {
    expect(sorted(OPTIONS)).toEqual(sorted(of("Options")));
    expect(sorted(LOG_OPTIONS)).toEqual(sorted(of("LogOptions")));
    expect(sorted(QUEUE_OPTIONS)).toEqual(sorted([...of("QueueOptions"), ...policy]));
  });

  test("gives the defaults that a queue has", () => {
    const {
      policy: own,
      pollIntervalMs,
      stopTimeoutMs,
      memoryLimitBytes,
      maxAgeMs,
      name: _,
      ...same
    } = defaultQueue("any");
    const defaults: Record<string, unknown> = {
      ...same,
      timeout: own.timeoutMs / 1000,
      retries: own.retries,
      retryDelay: Number(own.retryDelay) / 1000,
      retryOnTimeout: own.retryOnTimeout,
      pollInterval: pollIntervalMs / 1000,
      stopTimeout: stopTimeoutMs / 1000,
      memoryLimit: memoryLimitBytes / 1024 ** 2,
      maxAge: maxAgeMs,
    };
    const rows = table(page("docs/configuration.md"), "Option of a queue");
    const told = Object.fromEntries(rows.map(([name = "", value = ""]) => [code(name)[0], code(value)[0]]));
    const found = Object.entries(defaults).map(([name, value]) => [name, JSON.stringify(value)]);
    expect(told).toEqual(Object.fromEntries(found));
  });

  test("gives the default name", () => {
    const [name] = table(page("docs/configuration.md"), "Option");
    expect(name?.[1]).toBe(`\`"${DEFAULT_NAME}"\``);
  });
});

describe("docs/errors.md", () => {
  const sections = headings(page("docs/errors.md")).filter(({ level }) => level === 2);

  test("has a heading for every code, in the order of the list", () => {
    expect(sections.map(({ text }) => text)).toEqual([...ERROR_CODES]);
  });

  test("tells the exit code where it is not the ordinary one", () => {
    const told = sections.map(({ text, body }) => [text, /\*\*Exit code (\d+)\.\*\*/.exec(body)?.[1]] as const);
    const codes = told.filter(([, found]) => found !== undefined).map(([name, found]) => [name, Number(found)]);
    expect(Object.fromEntries(codes)).toEqual({ ...EXIT_CODES });
  });

  test("says of each when it comes and what to do", () => {
    const silent = sections.filter(({ body }) => !body.includes("**When.**") || !body.includes("**Do.**"));
    expect(silent.map(({ text }) => text)).toEqual([]);
  });
});

describe("docs/events.md", () => {
  const rows = table(page("docs/events.md"), "Event");

  test("lists every event with its fields, and nothing else", () => {
    const [union = ""] = page("src/telemetry/events.ts").split("type Listener");
    const parts = union.split(/\breadonly event: /).slice(1);
    const events = parts.map((part) => {
      const fields = [...part.matchAll(/readonly (\w+)\??:/g)].map(([, field = ""]) => field);
      return [/^"([^"]+)"/.exec(part)?.[1] ?? "", fields] as const;
    });
    const told = rows.map(([name = "", , fields = ""]) => [
      code(name)[0] ?? "",
      code(fields).filter((word) => /^\w+$/.test(word)),
    ]);
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(events));
  });

  test("gives the level at which the log writes each", () => {
    const cases = page("src/telemetry/log.ts").matchAll(/case "([\w.-]+)":[^]*?\blevel: "(\w+)"/g);
    const levels = [...cases].map(([, name, level]) => [name, level]);
    expect(Object.fromEntries(rows.map(([name = "", level]) => [code(name)[0], level]))).toEqual(
      Object.fromEntries(levels),
    );
  });
});

describe("docs/signals.md", () => {
  test("has the same table as the code", () => {
    const rows = table(page("docs/signals.md"), "Signal");
    expect(Object.fromEntries(rows.map(([signal = "", intent]) => [code(signal)[0], intent]))).toEqual({ ...INTENTS });
  });
});

describe("docs/states.md", () => {
  test("has a row for every state", () => {
    expect(column("docs/states.md", "State")).toEqual([...JOB_STATES]);
  });

  test("draws every state and no other", () => {
    const [drawing] = /```mermaid[\s\S]*?```/.exec(page("docs/states.md")) ?? [""];
    const drawn = [...drawing.matchAll(/^ +(\S+) --> ([^\s:]+)/gm)].flatMap(([, from = "", to = ""]) => [from, to]);
    expect(sorted(new Set(drawn.filter((state) => state !== "[*]")))).toEqual(sorted(JOB_STATES));
  });
});

describe("docs/failure.md", () => {
  test("has a row for every outcome", () => {
    const union = /type Outcome =([^;]+);/.exec(page("src/job/attempt.ts"))?.[1] ?? "";
    const outcomes = [...union.matchAll(/"([^"]+)"/g)].map(([, outcome = ""]) => outcome);
    expect(column("docs/failure.md", "Outcome")).toEqual(outcomes);
  });

  test("explains every phase", () => {
    const union = /type Phase =([^;]+);/.exec(page("src/job/attempt.ts"))?.[1] ?? "";
    const words = code(withoutFences(page("docs/failure.md")));
    for (const [, phase = ""] of union.matchAll(/"([^"]+)"/g)) expect(words).toContain(phase);
  });
});

describe("what is said to be proved", () => {
  const scenarios = readdirSync(join(ROOT, "chaos/scenarios")).map((file) => file.replace(".ts", ""));

  test("in docs/reliability.md has every scenario of chaos, and none that there is not", () => {
    const proofs = [...page("docs/reliability.md").matchAll(/^\|.*\| `([a-z-]+)` \|$/gm)].map(([, name = ""]) => name);
    expect(sorted(new Set(proofs))).toEqual(sorted(scenarios));
  });

  test("in chaos/README.md names scenarios and tests that are there", () => {
    const proofs = table(page("chaos/README.md"), "What fails").flatMap(([, shown = ""]) => code(shown));
    const isThere = (name: string): boolean =>
      scenarios.includes(name) || [".test.ts", ".ts"].some((end) => existsSync(join(ROOT, "test", `${name}${end}`)));
    expect(proofs.filter((name) => !isThere(name))).toEqual([]);
  });
});

describe("docs/commands.md", () => {
  const sections = (): ReturnType<typeof headings> => headings(page("docs/commands.md"));

  test("has a heading for every command", () => {
    const titles = sections().map(({ text }) => text);
    const silent = COMMANDS.filter(({ name }) => !titles.some((title) => wordsOf(title).includes(name)));
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  test("has no heading for a command that there is not", () => {
    const named = sections().flatMap(({ text }) => wordsOf(text).filter((word) => /^\w+:[\w-]+$/.test(word)));
    const known = new Set(COMMANDS.map(({ name }) => name));
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  test("names every option of every command", () => {
    const everywhere = page("docs/commands.md");
    const options = COMMANDS.flatMap(({ name, args }) =>
      Object.entries(args).flatMap(([flag, arg]) => (arg.type === "positional" ? [] : [`${name} --${flag}`])),
    );
    expect(options.filter((option) => !everywhere.includes(option.split(" ")[1] ?? ""))).toEqual([]);
  });
});

/** The options of the PHP library's commands, as it spells them. */
const ORIGINAL_OPTIONS: Readonly<Record<string, string[]>> = {
  "worker:start": ["-d"],
  "worker:restart": ["-d"],
  "queue:status": ["--queue"],
  "queue:failed": ["--queue"],
  "queue:clean": ["--queue"],
};

describe("docs/from-php.md", () => {
  const rows = (head: string): readonly (readonly string[])[] => table(page("docs/from-php.md"), head);
  const words = (head: string, column: number): string[] => rows(head).flatMap((row) => code(row[column] ?? ""));

  test("has a row for every PHP option that the configuration recognises", () => {
    const told = new Set(words("Option in PHP", 0).map((option) => option.split(".").at(-1)));
    expect(Object.keys(ORIGINAL_NAMES).filter((name) => !told.has(name))).toEqual([]);
  });

  test("leads to options and commands that there are", () => {
    const options = new Set([...OPTIONS, ...LOG_OPTIONS, ...QUEUE_OPTIONS]);
    expect(words("Option in PHP", 1).filter((option) => !options.has(option))).toEqual([]);
    const commands = new Set(COMMANDS.map(({ name }) => `mpq ${name}`));
    expect(words("Command in PHP", 1).filter((command) => !commands.has(command))).toEqual([]);
  });

  test("names the options of each of the original's commands, which ours has as well", () => {
    const told = rows("Command in PHP").map(([original = "", ours = ""]) => {
      const [command = "", ...options] = code(original);
      return { command: command.split(" ").at(-1), options, ours: code(ours)[0] };
    });
    for (const [command, options] of Object.entries(ORIGINAL_OPTIONS)) {
      const row = told.find((each) => each.command === command);
      expect(row).toEqual({ command, options, ours: `mpq ${command}` });
      const args = COMMANDS.find(({ name }) => name === command)?.args ?? {};
      const known = Object.entries(args).flatMap(([name, arg]) => spellingsOf(name, arg));
      expect(known).toEqual(expect.arrayContaining(options));
    }
  });

  test("tells of every option of a queue and of every command", () => {
    const all = new Set(code(withoutFences(page("docs/from-php.md"))));
    expect(QUEUE_OPTIONS.filter((option) => !all.has(option))).toEqual([]);
    expect(COMMANDS.filter(({ name }) => !all.has(name) && !all.has(`mpq ${name}`)).map(({ name }) => name)).toEqual(
      [],
    );
  });
});

describe("docs/performance.md", () => {
  test("tells to turn only options that there are", () => {
    const turned = table(page("docs/performance.md"), "What you have").flatMap(([, turn = ""]) => code(turn));
    const options = turned
      .flatMap((word) => /^(\w+)(?=$|: )/.exec(word)?.[1] ?? [])
      .filter((word) => !/^\d+$/.test(word));
    expect(options).toContain("workers");
    expect(options.filter((option) => !QUEUE_OPTIONS.includes(option))).toEqual([]);
  });
});

function wordsOf(title: string): string[] {
  return title.replaceAll("`", " ").split(/[\s,()]+/);
}

describe("every page", () => {
  test.each(PAGES)("%s leads to nothing that is not there", (path) => {
    const links = [...withoutFences(page(path)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
    const broken = links.filter((link) => !/^https?:/.test(link) && !leadsSomewhere(link, path));
    expect(broken).toEqual([]);
  });

  test.each(PAGES)("%s tells to type only commands and options that there are", (path) => {
    const lines = [...code(withoutFences(page(path))), ...typedIn(page(path))];
    const typed = lines
      .map((line) => /^(?:\.\.\/dist\/)?mpq (.*)$/.exec(line)?.[1])
      .filter((line) => line !== undefined);
    expect(typed.filter((line) => !isTyped(line))).toEqual([]);
  });

  test("README.md leads to every other one", () => {
    const missing = PAGES.filter((path) => path !== "README.md" && !page("README.md").includes(`](${path})`));
    expect(missing).toEqual([]);
  });

  test("README.md is short", () => {
    expect(page("README.md").split("\n").length).toBeLessThanOrEqual(150);
  });
});

/** The lines of fenced text that is typed into a shell, each as far as the command goes. */
function typedIn(text: string): string[] {
  const blocks = ["sh", "", "text"].flatMap((language) => fences(text, language));
  return blocks.flatMap((fence) => fence.text.split("\n")).flatMap((line) => line.split(/ [#|>]| && /));
}

/** Whether a command line of mpq names a command, and only options that it has. */
function isTyped(line: string): boolean {
  const [name = "", ...words] = line.split(/[ =]/);
  if (/^(--|<|help$)/.test(name)) return true;
  const found = COMMANDS.find((one) => one.name === name);
  const known = Object.entries(found?.args ?? {}).flatMap(([flag, arg]) => spellingsOf(flag, arg));
  return found !== undefined && words.filter((word) => /^--?[a-z]/.test(word)).every((word) => known.includes(word));
}

function leadsSomewhere(link: string, from: string): boolean {
  const [file = "", anchor] = link.split("#");
  const path = file === "" ? from : join(dirname(from), file);
  if (!existsSync(join(ROOT, path))) return false;
  return anchor === undefined || headings(page(path)).some(({ text }) => anchorOf(text) === anchor);
}

/** The anchor that a heading gets where pages are shown. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");
}

describe("the examples", () => {
  const folder = mkdtempSync(join(tmpdir(), "mpq-docs-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("compile, those of one page together, and so do those in examples/", async () => {
    let count = 0;
    for (const path of PAGES) {
      for (const { text, path: file } of fences(page(path), "ts")) {
        const target = join(folder, path, file ?? `example-${++count}.ts`);
        mkdirSync(dirname(target), { recursive: true });
        writeFileSync(target, text);
      }
    }
    cpSync(join(ROOT, "examples"), join(folder, "examples"), { recursive: true });
    expect(await compile(folder)).toBe("");
  });
});
