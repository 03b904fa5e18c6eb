import { isMpqError } from "../errors.ts";
import { inertLines } from "../telemetry/inert.ts";
import { interruptible, pause } from "./interrupt.ts";
import { print } from "./output.ts";

const EVERY_MS = 1_000;
const CLEAR = "\u001b[H\u001b[2J";

/** Prints what a look at something gives: once, or with `watch` again each second, until Ctrl-C. */
export async function show(look: () => Promise<string>, watch: boolean | undefined): Promise<void> {
  const first = await look();
  if (watch !== true) return print(first);
  await interruptible(async (interrupted) => {
    const signal = AbortSignal.any([interrupted, readerLeft()]);
    let text = first;
    while (!signal.aborted) {
      draw(text);
      await pause(EVERY_MS, signal);
      if (!signal.aborted) text = await lookAgain(look);
    }
  });
}

/** Aborts when nobody reads what is printed any more, as behind `| head`: an end like any other. */
function readerLeft(): AbortSignal {
  const controller = new AbortController();
  process.stdout.once("error", () => controller.abort());
  return controller.signal;
}

/** A service that restarts and a store that is away for a moment do not end the watching; they are what is to be seen. */
async function lookAgain(look: () => Promise<string>): Promise<string> {
  try {
    return await look();
  } catch (error) {
    if (isMpqError(error)) return inertLines(error.message);
    throw error;
  }
}

/** On a terminal in place of what stood there, as much as fits; else as one more block. */
function draw(text: string): void {
  const { isTTY, rows } = process.stdout;
  if (isTTY) process.stdout.write(CLEAR);
  print(
    isTTY
      ? text
          .split("\n")
          .slice(0, Math.max(1, rows - 1))
          .join("\n")
      : text,
  );
}
