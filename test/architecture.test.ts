import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { ROOT, code, page, table } from "./support/markdown.ts";

/** The longest that a file of `src` may be. */
const MAX_LINES = 250;

/** Folders of `src` from the bottom up. Each may import from those before it, as it likes. */
const LAYERS = ["errors", "job", "config", "driver", "telemetry", "client", "process", "cli", "main"] as const;

/** Imports against the order, file by file, and why each is right. */
const UPWARDS: Readonly<Record<string, string>> = {
  "config/config.ts → driver/driver.ts": "a configuration may hold an open driver: its type alone",
  "config/load.ts → driver/open.ts": "MPQ_DRIVER_URL stands over the file",
  "config/store.ts → driver/sqlite/sqlite.ts": "a configuration that names no store has the embedded one",
  "config/validate.ts → driver/open.ts": "a configuration may name its store by a URL",
};

/** Files of the client that the process tree uses, and why. */
const CLIENT_IN_PROCESS: Readonly<Record<string, string>> = {
  "process/worker/boot.ts → client/configure.ts": "jobs that a job pushes go to the store of its service",
};

/** What one role of a process takes from another one's folder, and why. */
const BETWEEN_ROLES: Readonly<Record<string, string>> = {};

/** Where a package that is not ours may be imported. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  ioredis: ["driver/redis/"],
  "node:sqlite": ["driver/sqlite/"],
  "bun:sqlite": ["driver/sqlite/"],
  citty: ["cli/"],
  consola: ["telemetry/"],
  "rotating-file-stream": ["telemetry/"],
  acorn: ["client/"],
  "eslint-scope": ["client/"],
  "cli-table3": ["cli/"],
  "bun:ffi": ["process/c-library.ts", "process/datagram.ts", "process/libc.ts", "process/plain.ts"],
  bun: ["config/modules.ts", "process/"],
};

/** Packages that are loaded with what a process begins with: each costs every such process milliseconds and megabytes. */
const LOADED_AT_ONCE: Readonly<Record<string, readonly string[]>> = {
  "main.ts": [],
  "index.ts": [],
  "cli/cli.ts": ["citty", "cli-table3"],
  "cli/worker-start.ts": ["citty", "cli-table3", "rotating-file-stream"],
  "process/loader.ts": [],
  "process/master/run.ts": [],
  "process/worker/worker.ts": [],
};

/** Files at the top of `src` that belong to no folder: the layer that each counts for. */
const TOP: Readonly<Record<string, (typeof LAYERS)[number]>> = {
  "errors.ts": "errors",
  "version.ts": "errors",
  "index.ts": "process",
  "main.ts": "main",
};

interface Import {
  readonly from: string;
  /** A file of `src`, or a package. */
  readonly to: string;
  readonly kind: "own" | "package";
  readonly typesOnly: boolean;
  /** Loaded when that line is reached, not with the file. */
  readonly isLater: boolean;
}

const SRC = join(ROOT, "src");
const FILES = [...new Bun.Glob("**/*.ts").scanSync(SRC)].filter((file) => !file.endsWith(".d.ts")).sort();
const IMPORTS = FILES.flatMap(importsOf);
const OWN = IMPORTS.filter(({ kind, to }) => kind === "own" && FILES.includes(to));

function importsOf(file: string): Import[] {
  const text = withoutComments(page(`src/${file}`));
  const statements = text.matchAll(
    /^(?:import|export)\b(?<names>[^;"']*?\bfrom )?\s*"(?<name>[^"]+)"|\bimport\("(?<lazy>[^"]+)"\)/gm,
  );
  return [...statements].map(({ groups = {} }) => {
    const name = groups["name"] ?? groups["lazy"] ?? "";
    const own = name.startsWith(".");
    const to = own ? normalize(join(dirname(file), name)) : name;
    const typesOnly = /^\s*type\s/.test(groups["names"] ?? "");
    return { from: file, to, kind: own ? "own" : "package", typesOnly, isLater: groups["lazy"] !== undefined };
  });
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
}

function layerOf(file: string): number {
  const [folder = ""] = file.split("/");
  const layer = file.includes("/") ? LAYERS.findIndex((each) => each === folder) : LAYERS.indexOf(topLayer(file));
  if (layer < 0) throw new Error(`src/${file} is in no layer: give its folder a place in LAYERS`);
  return layer;
}

function topLayer(file: string): (typeof LAYERS)[number] {
  const layer = TOP[file];
  if (layer === undefined) throw new Error(`src/${file} is in no layer: give it a place in TOP`);
  return layer;
}

const edge = ({ from, to }: Import): string => `${from} → ${to}`;
const sorted = (words: Iterable<string>): string[] => [...new Set(words)].sort();
/** Imports that a list allows and nobody makes any more. */
const unused = (list: Readonly<Record<string, string>>): string[] =>
  Object.keys(list).filter((key) => !OWN.some((one) => edge(one) === key));

describe("the import order", () => {
  test("is kept by every file, but for those that the table names", () => {
    const against = OWN.filter(({ from, to }) => layerOf(to) > layerOf(from));
    expect(sorted(against.map(edge))).toEqual(sorted(Object.keys(UPWARDS)));
  });

  test("lets the process tree use the client where a worker boots, and nowhere else", () => {
    const uses = OWN.filter(({ from, to }) => from.startsWith("process/") && to.startsWith("client/"));
    expect(sorted(uses.map(edge))).toEqual(sorted(Object.keys(CLIENT_IN_PROCESS)));
  });

  test("keeps the roles apart: manage, master and worker share only what the table names", () => {
    const role = (file: string): string | undefined => /^process\/(manage|master|worker)\//.exec(file)?.[1];
    const across = OWN.filter(({ from, to }) => role(from) !== undefined && role(to) !== undefined).filter(
      ({ from, to }) => role(from) !== role(to),
    );
    expect(across.map(edge).filter((one) => !Object.hasOwn(BETWEEN_ROLES, one))).toEqual([]);
    expect(unused(BETWEEN_ROLES)).toEqual([]);
  });

  test("keeps what the roles share free of any one of them", () => {
    const shared = OWN.filter(({ from, to }) => /^process\/[^/]+$/.test(from) && /^process\/\w+\//.test(to));
    expect(shared.map(edge)).toEqual([]);
  });

  test("lets a driver know types of the configuration, and nothing that runs", () => {
    const uses = OWN.filter(({ from, to }) => from.startsWith("driver/") && to.startsWith("config/"));
    expect(uses.filter(({ typesOnly }) => !typesOnly).map(edge)).toEqual([]);
  });

  test("keeps the stores apart", () => {
    const store = (file: string): string | undefined => /^driver\/(redis|sqlite)\//.exec(file)?.[1];
    const across = OWN.filter(
      ({ from, to }) => store(from) !== undefined && store(to) !== undefined && store(from) !== store(to),
    );
    expect(across.map(edge)).toEqual([]);
  });

  test("lets only who chooses a store know one: the rest know the border", () => {
    const inside = OWN.filter(({ from, to }) => /^driver\/\w+\//.test(to) && !from.startsWith("driver/"));
    const allowed = ["config/store.ts", "index.ts", "cli/demo.ts"];
    expect(sorted(inside.map(({ from }) => from)).filter((file) => !allowed.includes(file))).toEqual([]);
  });

  test("has no circle of imports that run", () => {
    expect(circles(OWN.filter(({ typesOnly }) => !typesOnly))).toEqual([]);
  });
});

/** Files that import themselves by way of others. */
function circles(imports: readonly Import[]): string[] {
  const targets = targetsOf(imports);
  return [...targets.keys()].filter((file) => reachable(targets.get(file) ?? [], targets).has(file));
}

/** What each file imports. */
function targetsOf(imports: readonly Import[]): Map<string, string[]> {
  const targets = new Map<string, string[]>();
  for (const { from, to } of imports) targets.set(from, [...(targets.get(from) ?? []), to]);
  return targets;
}

function reachable(from: readonly string[], targets: ReadonlyMap<string, readonly string[]>): Set<string> {
  const seen = new Set<string>();
  const open = [...from];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    open.push(...(targets.get(file) ?? []));
  }
  return seen;
}

describe("packages that are not ours", () => {
  const used = IMPORTS.filter(({ kind, to }) => kind === "package" && (!to.startsWith("node:") || to in PACKAGES));

  test("are imported where they belong and nowhere else", () => {
    const astray = used.filter(({ from, to }) => !(PACKAGES[to] ?? []).some((place) => from.startsWith(place)));
    expect(astray.map(edge)).toEqual([]);
  });

  const atOnce = targetsOf(IMPORTS.filter(({ typesOnly, isLater }) => !typesOnly && !isLater));
  const isPackage = (name: string): boolean => used.some(({ to }) => to === name) && !/^(node|bun)(:|$)/.test(name);

  test.each(Object.entries(LOADED_AT_ONCE))("that are loaded with %s are those that it needs", (file, packages) => {
    expect([...reachable([file], atOnce)].filter(isPackage).sort()).toEqual([...packages]);
  });

  test("what applications import needs nothing of Bun's own", () => {
    const reached = [...reachable(["index.ts"], targetsOf(IMPORTS))];
    const bunOnly = reached.filter((name) => name === "bun" || name.startsWith("bun:"));
    const bunCalls = reached.filter((file) => FILES.includes(file) && callsBun(file));
    expect([...bunOnly, ...bunCalls]).toEqual([]);
  });
});

function callsBun(file: string): boolean {
  return /(?<![.\w])Bun\.[a-z]/.test(withoutComments(page(`src/${file}`)));
}

describe("files", () => {
  test(`of src have at most ${MAX_LINES} lines`, () => {
    const long = FILES.filter((file) => page(`src/${file}`).trimEnd().split("\n").length > MAX_LINES);
    expect(long).toEqual([]);
  });

  test("of src are called after what they hold", () => {
    const vague = FILES.filter((file) => /(^|\/)(utils?|helpers?|types|constants|common|misc)\.ts$/.test(file));
    expect(vague).toEqual([]);
  });
});

describe("the map in docs/architecture.md", () => {
  const rows = table(page("docs/architecture.md"), "Folder");

  test("has a row for every folder of src, and for none that is not there", () => {
    const folders = readdirSync(SRC, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
    const named = rows.map(([folder = ""]) => code(folder)[0] ?? "");
    expect(sorted(named.filter((folder) => folder.startsWith("src/")))).toEqual(sorted(folders));
    expect(named.filter((folder) => !existsSync(join(ROOT, folder)))).toEqual([]);
  });

  test("names only files that are there, in the text as well", () => {
    const paths = code(page("docs/architecture.md")).filter((word) => /^(src|test|scripts)\//.test(word));
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const bare = code(page("docs/architecture.md")).filter((word) => /^[\w-]+\.ts$/.test(word));
    expect(bare.filter((name) => !FILES.some((file) => file.endsWith(`/${name}`)))).toEqual([]);
  });
});
