import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "../../src/config/config.ts";
import { findConfigFileUpwards } from "../../src/config/find.ts";
import { type Whereabouts, loadConfig } from "../../src/config/load.ts";
import { type MpqError, isMpqError } from "../../src/errors.ts";

const world = mkdtempSync(join(tmpdir(), "mpq-config-"));
let folders = 0;

afterAll(() => rmSync(world, { recursive: true }));

/** A folder of its own for each configuration: a file that was imported once stays as it was. */
async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(world, String(++folders));
  await Promise.all(Object.entries(files).map(([name, text]) => Bun.write(join(folder, name), text)));
  return folder;
}

async function load(text: string, env: Whereabouts["env"] = {}, name = "mpq.config.ts"): Promise<Config> {
  return loadConfig({ folder: await folderWith({ [name]: text }), env });
}

async function refusalOf(loading: Promise<unknown>): Promise<MpqError> {
  const outcome: unknown = await loading.catch((error: unknown) => error);
  if (!isMpqError(outcome)) throw new Error(`expected a refusal, got ${Bun.inspect(outcome)}`);
  return outcome;
}

/** The lines under the first, which names the file. */
async function problemsOf(options: string): Promise<readonly string[]> {
  const { code, message } = await refusalOf(load(`export default ${options};`));
  expect(code).toBe("CONFIG_INVALID");
  return message
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
}

describe("without a configuration file", () => {
  test("there is one queue called default, and the store is mpq.db in the working directory", async () => {
    const folder = await folderWith({ "other.txt": "" });
    const config = await loadConfig({ folder, env: {} });
    expect([...config.queues.keys()]).toEqual(["default"]);
    expect(config).toMatchObject({ file: undefined, folder, name: "mpq", log: { level: "info" } });
    expect(config.driver.label).toContain(join(folder, "mpq.db"));
  });

  test("a file that was named and is not there is refused", async () => {
    const { code, message } = await refusalOf(loadConfig({ file: "nowhere.ts", folder: world, env: {} }));
    expect(code).toBe("CONFIG_INVALID");
    expect(message).toContain(join(world, "nowhere.ts"));
  });
});

describe("a configuration file", () => {
  const FILES: readonly [string, string][] = [
    ["mpq.config.ts", "export default { name: 'a' as string }"],
    ["mpq.config.js", "export default { name: 'a' }"],
    ["mpq.config.js", "module.exports = { name: 'a' }"],
    ["mpq.config.mjs", "export default { name: 'a' }"],
    ["mpq.config.json", '{ "name": "a" }'],
  ];
  test.each(FILES)("%s is found in the working directory", async (name, text) => {
    expect((await load(text, {}, name)).name).toBe("a");
  });

  test("is found upwards by whoever asks for that", async () => {
    const folder = await folderWith({ "mpq.config.mjs": "", "a/b/c.txt": "" });
    expect(findConfigFileUpwards(join(folder, "a", "b"))).toBe(join(folder, "mpq.config.mjs"));
  });

  test("gives durations in milliseconds, and defaults for the rest", async () => {
    const config = await load(`export default { queues: { mail: {
      workers: 5, timeout: 1.5, retries: 0, retryDelay: { type: "exponential", base: 2 }, pollInterval: 0.001 } } }`);
    expect(config.queues.get("mail")).toMatchObject({
      workers: 5,
      concurrency: 1,
      mode: "distribute",
      policy: { timeoutMs: 1500, retries: 0, retryDelay: { type: "exponential", baseMs: 2000 }, retryOnTimeout: false },
      pollIntervalMs: 1,
      stopTimeoutMs: 30_000,
    });
  });

  test.each<[string, object | undefined]>([
    ["100", { count: 100 }],
    ["{ count: 5, age: 1.5, bytes: 1024 }", { count: 5, ageMs: 1_500, bytes: 1_024 }],
    ["{ age: 604800 }", { ageMs: 604_800_000 }],
    ["0", undefined],
    ["{ count: 5, age: 0 }", undefined],
    ["undefined", undefined],
  ])("keeps jobs that are done within bounds, or none: %s", async (text, expected) => {
    const config = await load(`export default { queues: { mail: { keepDone: ${text} } } }`);
    expect(config.queues.get("mail")?.keepDone).toEqual(expected);
  });

  test("has a log as it was asked for, and defaults for the rest", async () => {
    const config = await load("export default { log: { path: './var/log', maxSize: 0.5, driver: { log() {} } } }");
    expect(config.log).toMatchObject({
      path: join(config.folder, "var/log"),
      level: "info",
      format: "text",
      driver: { log: expect.any(Function) as () => void },
      maxSizeBytes: 512 * 1024,
      maxFiles: 7,
    });
  });

  test("cannot be changed once it is read", async () => {
    const config = await load("export default { queues: { mail: {} } }");
    expect([config, config.log, config.jobs, config.queues.get("mail")].every(Object.isFrozen)).toBe(true);
  });

  test("may hold a queue called like a property of every object", async () => {
    const config = await load("export default { queues: { constructor: {}, toString: {} } }");
    expect([...config.queues.keys()]).toEqual(["constructor", "toString"]);
  });
});

describe("the folder of the pid file", () => {
  const CASES: readonly [string, Whereabouts["env"], string][] = [
    ["systemd's", { RUNTIME_DIRECTORY: "/run/mail", XDG_RUNTIME_DIR: "/run/user/1" }, "/run/mail"],
    ["the first of several of systemd's", { RUNTIME_DIRECTORY: "/run/mail:/run/b" }, "/run/mail"],
    ["the user's", { XDG_RUNTIME_DIR: "/run/user/1" }, "/run/user/1/mpq"],
    ["one for this user in /tmp", {}, `/tmp/mpq-${process.getuid?.() ?? 0}`],
  ];
  test.each(CASES)("is %s", async (_, env, expected) => {
    expect((await load("export default {}", env)).runDir).toBe(expected);
  });

  test("is the one of the configuration, from its folder, before all others", async () => {
    const config = await load("export default { runDir: 'run' }", { RUNTIME_DIRECTORY: "/run/mail" });
    expect(config.runDir).toBe(join(config.folder, "run"));
  });
});

describe("the store", () => {
  test("is what MPQ_DRIVER_URL says, before the configuration", async () => {
    const config = await load("export default { driver: 'sqlite:a.db' }", { MPQ_DRIVER_URL: "redis://cache:6379/0" });
    expect(config.driver.label).toContain("cache:6379");
  });

  test("may be a URL, whose relative path starts in the configuration's folder", async () => {
    const config = await load("export default { driver: 'sqlite:a.db' }");
    expect(config.driver.label).toContain(join(config.folder, "a.db"));
  });

  test("may be a driver of one's own, or something that opens one", async () => {
    expect((await load("export default { driver: { label: 'x', open() {} } }")).driver.label).toBe("x");
    expect((await load("export default { driver: { label: 'y', push() {}, exchange() {} } }")).driver.label).toBe("y");
  });

  test("a URL of another kind is refused without showing its password", async () => {
    const { code, message } = await refusalOf(load("export default { driver: 'postgres://me:secret@db/x' }"));
    expect(code).toBe("CONFIG_INVALID");
    expect(message).toContain('"postgres:"');
    expect(message).not.toContain("secret");
  });

  test.each(["mysql://x", "redis://a:b:c", "redis+unix:///%run"])(
    "a URL that will not do (%s) is named by file and field, beside all else that is wrong",
    async (url) => {
      const text = `export default { driver: ${JSON.stringify(url)}, queues: { a: { workers: 0 } } }`;
      const [title, driver, workers] = (await refusalOf(load(text))).message.split("\n");
      expect(title).toMatch(/mpq\.config\.ts has 2 problems:$/);
      expect(driver?.trim()).toStartWith("driver: ");
      expect(driver).toContain("expected");
      expect(workers?.trim()).toStartWith("queues.a.workers is 0");
    },
  );
});

describe("what is wrong is said with where, expected, found, and the word that was meant", () => {
  const CASES: readonly [string, string][] = [
    ["5", "The configuration is 5; expected an object"],
    ["{ nmae: 'a' }", 'nmae is no option; did you mean "name"?'],
    ["{ zzz: 1 }", "zzz is no option; expected one of name, runDir, driver, jobs, onWorkerStart, secret, log, queues"],
    ["{ workers: 5 }", "workers is an option of a queue: queues.<name>.workers"],
    ["{ name: 'a\\u0007b' }", 'name is "a\\u0007b"; expected a name of 1 to 100 printable characters'],
    ["{ driver: 5 }", "driver is 5; expected sqlite(path), redis(url), a URL, or a driver of your own"],
    ["{ jobs: ['a', 1] }", "jobs[1] is 1; expected a text that is not empty"],
    [
      "{ log: { level: 'warning' } }",
      'log.level is "warning"; expected "debug" or "info" or "warn" or "error"; did you mean "warn"?',
    ],
    ["{ log: { format: 'xml' } }", 'log.format is "xml"; expected "text" or "json"'],
    ["{ log: { path: '' } }", 'log.path is ""; expected a text that is not empty'],
    [
      "{ log: { driver: 'winston' } }",
      'log.driver is "winston"; expected a reporter of consola: an object with a function log(entry)',
    ],
    ["{ log: { maxSize: 0 } }", "log.maxSize is 0; expected megabytes, more than 0"],
    ["{ log: { maxFiles: 1.5 } }", "log.maxFiles is 1.5; expected a whole number, 0 or more"],
    ["{ log: { maxFile: 3 } }", 'log.maxFile is no option; did you mean "maxFiles"?'],
    ["{ queues: ['mail'] }", "queues is an array; expected an object"],
    ["{ queues: { '': {} } }", 'queues."" will not do as a queue; expected a name of 1 to 100 printable characters'],
    ["{ queues: { mail: 5 } }", "queues.mail is 5; expected an object"],
    ["{ queues: { mail: { timout: 1 } } }", 'queues.mail.timout is no option; did you mean "timeout"?'],
    ["{ queues: { mail: { retry_delay: 1 } } }", 'queues.mail.retry_delay is no option; did you mean "retryDelay"?'],
    ["{ queues: { mail: { name: 'mail' } } }", "queues.mail.name is not needed: a queue's name is its key in queues"],
    ["{ queues: { mail: { workers: '3' } } }", 'queues.mail.workers is "3"; expected a whole number, 1 or more'],
    ["{ queues: { mail: { workers: 0 } } }", "queues.mail.workers is 0; expected a whole number, 1 or more"],
    [
      "{ queues: { mail: { mode: 'grap' } } }",
      'queues.mail.mode is "grap"; expected "distribute" or "grab"; did you mean "grab"?',
    ],
    ["{ queues: { mail: { timeout: -1 } } }", "queues.mail.timeout is -1; expected seconds from 0 to 3153600000"],
    [
      "{ queues: { mail: { pollInterval: 0 } } }",
      "queues.mail.pollInterval is 0; expected seconds from 0.001 to 86400",
    ],
    [
      "{ queues: { mail: { prefetch: 'all' } } }",
      'queues.mail.prefetch is "all"; expected "auto" or a whole number, 0 or more',
    ],
    ["{ queues: { mail: { keepDone: -1 } } }", "queues.mail.keepDone is -1; expected a whole number, 0 or more"],
    [
      "{ queues: { mail: { keepDone: true } } }",
      "queues.mail.keepDone is true; expected how many jobs, or an object with count, age, bytes",
    ],
    ["{ queues: { mail: { keepDone: {} } } }", "queues.mail.keepDone has no bound; expected count, age, bytes"],
    [
      "{ queues: { mail: { keepDone: { cuont: 1 } } } }",
      'queues.mail.keepDone.cuont is no option; did you mean "count"?',
    ],
    [
      "{ queues: { mail: { keepDone: { age: '1h' } } } }",
      'queues.mail.keepDone.age is "1h"; expected seconds from 0 to 3153600000',
    ],
    [
      "{ queues: { mail: { keepDone: { bytes: 1.5 } } } }",
      "queues.mail.keepDone.bytes is 1.5; expected a whole number, 0 or more",
    ],
    ["{ queues: { mail: { onFailed: true } } }", "queues.mail.onFailed is true; expected a function"],
  ];
  test.each(CASES)("%s", async (options, expected) => {
    expect(await problemsOf(options)).toEqual([expected]);
  });

  test("everything at once, in one message that names the file", async () => {
    const text = "export default { nam: 1, queues: { mail: { timeout: 'x', retries: -1, workers: 1.5 }, '\\n': {} } }";
    const { message } = await refusalOf(load(text));
    expect(message.split("\n")[0]).toMatch(/mpq\.config\.ts has 5 problems:$/);
    expect(message.split("\n")).toHaveLength(6);
  });
});

describe("a name of the original library is answered with mpq's", () => {
  const CASES: readonly [string, string, string][] = [
    ["worker_number", "workers", "queues.mail"],
    ["memory_limit", "memoryLimit", "queues.mail"],
    ["sleep_seconds", "pollInterval", "queues.mail"],
    ["fail_number", "retries", "queues.mail"],
    ["fail_expire", "retryDelay", "queues.mail"],
    ["fail_handle", "onFailed", "queues.mail"],
    ["worker_start_handle", "onWorkerStart", "queues.mail"],
    ["model", "mode", "queues.mail"],
  ];
  test.each(CASES)("%s → %s", async (original, ours, where) => {
    const problems = await problemsOf(`{ queues: { mail: { ${original}: 1 } } }`);
    expect(problems).toEqual([`${where}.${original} is called "${ours}" in mpq`]);
  });

  test("basics, queue and pid_path stand at the top", async () => {
    const [basics, queue, pidPath] = await problemsOf("{ basics: {}, queue: [], pid_path: '/run' }");
    expect(basics).toStartWith("basics is not used in mpq");
    expect(queue).toStartWith('queue is called "queues" in mpq');
    expect(pidPath).toBe('pid_path is called "runDir" in mpq');
  });
});

describe("a file that does not load is refused with its line and the error", () => {
  const CASES: readonly [string, string, RegExp][] = [
    ["throws", "\n\nthrow new TypeError('boom');", /mpq\.config\.ts:3 does not load: TypeError: boom/],
    ["does not parse", "\nexport default {;\n", /mpq\.config\.ts:2 does not load: .+/],
    ["imports what is not there", "\nimport 'nowhere';\n", /mpq\.config\.ts.* does not load: .*nowhere/],
    ["has no default export", "export const name = 'a';", /mpq\.config\.ts exports name; expected "export default/],
  ];
  test.each(CASES)("one that %s", async (_, text, expected) => {
    const { code, message } = await refusalOf(load(text));
    expect(code).toBe("CONFIG_INVALID");
    expect(message).toMatch(expected);
  });
});
