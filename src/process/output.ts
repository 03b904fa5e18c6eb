import type { Subprocess } from "bun";
import { type Stream, room } from "../telemetry/events.ts";
import { within } from "../telemetry/outlet.ts";
import { LineReader } from "./lines.ts";

/** More characters of one line are not kept. */
const LONGEST_LINE = 16 * 1024;

/** After the end of a process, nothing for so long means that nothing comes: a child of its own may keep the pipe open. */
const SILENCE_MS = 300;

type PipedChild = Pick<Subprocess<"ignore", "pipe", "pipe">, "stdout" | "stderr" | "exited">;

export interface OutputHooks {
  /** Some lines came, none of them empty. */
  onLines(stream: Stream, lines: readonly string[]): void;
  /** No more will come. */
  onEnd?(stream: Stream): void;
}

/**
 * Reads what a child prints. While the log has no room the pipe is left alone, and a child that goes on printing waits:
 * so it cannot make this process grow, and it waits for an event loop that never waits itself.
 *
 * Resolves when everything has been read: at the end of both pipes, or when after the child's own end nothing comes.
 */
export async function readOutput(child: PipedChild, hooks: OutputHooks): Promise<void> {
  const progress: Progress = { pieces: 0, waits: 0 };
  // At once: what nobody has begun to read is kept in memory, however much it is.
  const read = Promise.all([
    readStream({ stream: "stdout", source: child.stdout, progress }, hooks),
    readStream({ stream: "stderr", source: child.stderr, progress }, hooks),
  ]);
  await Promise.race([read, child.exited]);
  for (let before = -1; progress.waits > 0 || progress.pieces > before;) {
    before = progress.pieces;
    await within(read, SILENCE_MS);
  }
}

/** How far the reading of a child is. */
interface Progress {
  /** What came so far. */
  pieces: number;
  /** Pipes that are left alone, since the log has no room. */
  waits: number;
}

interface Source {
  readonly stream: Stream;
  readonly source: PipedChild["stdout"];
  readonly progress: Progress;
}

async function readStream({ stream, source, progress }: Source, hooks: OutputHooks): Promise<void> {
  const lines: string[] = [];
  const reader = new LineReader((line) => lines.push(line), LONGEST_LINE);
  const pass = (): void => {
    const filled = lines
      .splice(0)
      .map(withoutReturn)
      .filter((line) => line !== "");
    if (filled.length > 0) hooks.onLines(stream, filled);
  };
  for await (const bytes of source) {
    progress.pieces++;
    reader.read(bytes);
    pass();
    progress.waits++;
    await room();
    progress.waits--;
  }
  reader.end();
  pass();
  hooks.onEnd?.(stream);
}

/** Some end their lines with a carriage return as well. */
function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
