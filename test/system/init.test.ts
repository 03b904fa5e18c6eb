import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, readFileSync, readdirSync, readlinkSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { BINARY } from "../support/binary.ts";
import { ROOT } from "../support/markdown.ts";
import { Project, Service } from "../support/project.ts";
import { until } from "../support/until.ts";

/** An empty folder, and nothing in the environment that says where things are. */
class EmptyProject extends Project {
  override get env(): Record<string, string> {
    const { MPQ_DRIVER_URL: _, ...env } = super.env;
    return { ...env, XDG_RUNTIME_DIR: join(this.folder, "run") };
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }
}

let project: EmptyProject;
beforeEach(() => void (project = new EmptyProject()));
afterEach(() => project.end());

const MADE = [".gitignore", "jobs", "mpq.config.ts", "mpq.d.ts", "tsconfig.json"];

/** The commands that `init` printed, which it sets in. */
function commandsIn(stdout: string): string[] {
  return Array.from(stdout.matchAll(/^ {2}(.* (?:worker|queue):.*)$/gm), ([, line = ""]) => line);
}

test.each([
  ["mpq", dirname(BINARY)],
  [BINARY, "/nowhere"],
])("what init tells to type runs as it stands, where the program is called %s", async (program, folder) => {
  const env = { ...project.env, PATH: `${folder}:/usr/bin:/bin` };
  const { code, stdout, stderr } = await project.run(env, "init");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const [start = "", push = "", ...others] = commandsIn(stdout);
  expect([start, others]).toEqual([`${program} worker:start`, []]);

  const type = (line: string): Bun.Subprocess<"ignore", "pipe", "pipe"> =>
    Bun.spawn(["sh", "-c", `exec ${line}`], { cwd: project.folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const child = type(start);
  const service = new Service(project, child);
  try {
    await until("the service is up", () => service.isUp());
    const pushed = type(push);
    expect(await pushed.exited).toBe(0);
    const id = (await pushed.stdout.text()).trim();
    await until("the job is done", async () =>
      (await project.run("queue:status", "--json")).stdout.includes('"done":1'),
    );
    expect(await service.stop()).toBe(0);
    expect(await service.printed()).toEqual([`Hello, Ada! This is job ${id}.`]);
  } finally {
    child.kill("SIGKILL");
  }
});

/** What the compiler has to say of the project, with nothing but what init made. */
function compile(): string {
  const tsc = Bun.spawnSync([join(ROOT, "node_modules/.bin/tsc"), "-p", "."], { cwd: project.folder });
  return tsc.stdout.toString();
}

test("the types that init writes let a project without npm compile, and find a mistake", async () => {
  await project.run("init");
  expect(readdirSync(project.folder).toSorted()).toEqual(MADE);
  expect(compile()).toBe("");
  project.write("jobs/hello.ts", project.read("jobs/hello.ts").replace("this.data.name", "this.data.nam"));
  project.write("mpq.config.ts", project.read("mpq.config.ts").replace("workers:", "worker_number:"));
  const found = compile();
  expect(found).toMatch(/jobs\/hello\.ts.*'nam' does not exist/);
  expect(found).toMatch(/mpq\.config\.ts.*'worker_number' does not exist/);
});

test("init never touches what is there", async () => {
  const own = { "mpq.config.mjs": "export default {};", "tsconfig.json": "{}", "jobs/own.ts": "export {};" };
  for (const [path, text] of Object.entries(own)) project.write(path, text);
  symlinkSync("nowhere", join(project.folder, ".gitignore"));
  const { code, stdout } = await project.run("init");
  expect(code).toBe(0);
  expect(stdout).toContain("Left as it was: mpq.config.mjs, jobs/, tsconfig.json, .gitignore\n");
  for (const [path, text] of Object.entries(own)) expect(project.read(path)).toBe(text);
  expect(readlinkSync(join(project.folder, ".gitignore"))).toBe("nowhere");
  expect(readdirSync(join(project.folder, "jobs"))).toEqual(["own.ts"]);
  expect(readdirSync(project.folder).toSorted()).toEqual([
    ".gitignore",
    "jobs",
    "mpq.config.mjs",
    "mpq.d.ts",
    "tsconfig.json",
  ]);
});

test("init makes again what was removed", async () => {
  await project.run("init");
  const types = project.read("mpq.d.ts");
  await Bun.file(join(project.folder, "mpq.d.ts")).delete();
  const { stdout } = await project.run("init");
  expect(stdout).toMatch(/^Made in .*:\n {2}mpq\.d\.ts .*\nLeft as it was: mpq\.config\.ts, jobs\/, /);
  expect(project.read("mpq.d.ts")).toBe(types);
  expect((await project.run("init")).stdout).toStartWith("There is nothing to make in ");
});

test("where the npm package is installed, its own types are left to count", async () => {
  project.write("node_modules/multi-process-queue/package.json", "{}");
  await project.run("init");
  expect(existsSync(join(project.folder, "mpq.d.ts"))).toBe(false);
});

test("a folder whose name is no name for a service gets the default one", async () => {
  project.write("ein Projekt/.keep", "");
  const child = Bun.spawn([BINARY, "init"], {
    cwd: join(project.folder, "ein Projekt"),
    env: project.env,
    stdout: "ignore",
  });
  expect(await child.exited).toBe(0);
  expect(project.read("ein Projekt/mpq.config.ts")).toContain('name: "mpq"');
});

test("a folder that cannot be written is named", async () => {
  const child = Bun.spawn([BINARY, "init"], { cwd: "/proc", env: project.env, stdio: ["ignore", "pipe", "pipe"] });
  expect(await child.stderr.text()).toContain("mpq init cannot make /proc/mpq.config.ts (");
  expect(await child.exited).toBe(2);
});
