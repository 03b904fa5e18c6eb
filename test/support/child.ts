/** What a child of a test is told to do, as the text of a module; `SRC` in it is the path of our source. */
import { join } from "node:path";

const SRC = join(import.meta.dir, "../../src");

export type Child = Bun.Subprocess<"pipe", "pipe", "pipe">;

/** Starts a real process that runs this code. The test ends it. */
export function startChild(code: string, ...args: readonly string[]): Child {
  const command = [process.execPath, "-e", code.replaceAll("SRC/", `${SRC}/`), ...args];
  return Bun.spawn(command, { stdio: ["pipe", "pipe", "pipe"] });
}

/** The lines that a child prints, one after another. */
export async function* linesOf(child: Child): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of child.stdout) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

/** The next line of a child. Throws when it ends without one. */
export async function nextLine(lines: AsyncGenerator<string>): Promise<string> {
  const { value, done } = await lines.next();
  if (done === true) throw new Error("the child ended before it said anything more");
  return value;
}
