import { BINARY } from "./binary.ts";
import type { Project } from "./project.ts";
import { until } from "./until.ts";

/** A program on a terminal of its own, which Ctrl-C reaches. */
export class Terminal {
  readonly #child: Bun.Subprocess;
  #screen = "";

  constructor({ folder, env }: Pick<Project, "folder" | "env">, command: readonly string[]) {
    const decoder = new TextDecoder();
    const onData = (_: unknown, bytes: Uint8Array): void => {
      this.#screen += decoder.decode(bytes, { stream: true });
    };
    this.#child = Bun.spawn([...command], {
      cwd: folder,
      env: { ...env, TERM: "xterm" },
      terminal: { cols: 120, rows: 40, data: onData },
    });
  }

  /** Everything that was written to the terminal so far. */
  get screen(): string {
    return this.#screen;
  }

  async sees(text: string): Promise<void> {
    await until(`the terminal shows ${JSON.stringify(text)}`, () => this.#screen.includes(text));
  }

  type(keys: string): void {
    this.#child.terminal?.write(keys);
  }

  /** Waits for the command's end, and gives its exit code. */
  async end(): Promise<number> {
    const code = await this.#child.exited;
    this.#child.terminal?.close();
    return code;
  }
}

/** One command of the binary on such a terminal. */
export class OnTerminal extends Terminal {
  constructor(project: Pick<Project, "folder" | "env">, ...args: readonly string[]) {
    super(project, [BINARY, ...args]);
  }
}
