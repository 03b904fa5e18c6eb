import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CommandResult, Project } from "./project.ts";

const ROOT = join(import.meta.dir, "../..");
/** What the package depends on at run time; linked, so that it finds its own dependencies beside it. */
const DEPENDENCIES = Object.keys((await Bun.file(join(ROOT, "package.json")).json()).dependencies as object);

/** An application with the npm package installed as it is published, that pushes to a project's queues. */
export class Application {
  readonly #project: Project;
  readonly #folder: string;

  constructor(project: Project) {
    this.#project = project;
    this.#folder = join(project.folder, "application");
    const modules = join(this.#folder, "node_modules");
    const own = join(modules, "multi-process-queue");
    mkdirSync(join(own, "dist"), { recursive: true });
    cpSync(join(ROOT, "package.json"), join(own, "package.json"));
    cpSync(join(ROOT, "dist/npm"), join(own, "dist/npm"), { recursive: true });
    for (const name of DEPENDENCIES) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
    }
  }

  /** Runs a script of the application with `bun` or `node`. */
  async run(runtime: "bun" | "node", code: string): Promise<CommandResult> {
    const file = join(this.#folder, `script-${runtime}.mjs`);
    await Bun.write(file, code);
    const command = runtime === "bun" ? process.execPath : "node";
    const child = Bun.spawn([command, file], {
      cwd: this.#folder,
      env: this.#project.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr, exit] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    return { code: exit, stdout, stderr };
  }
}

/** Whether the `node` on the PATH has what the SQLite driver needs. */
export function nodeHasSqlite(): boolean {
  const script = "import('node:sqlite').then(() => process.exit(0), () => process.exit(1))";
  return Bun.spawnSync(["node", "--no-warnings", "-e", script]).exitCode === 0;
}
