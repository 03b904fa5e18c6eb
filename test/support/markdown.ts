import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The top folder of the project. */
export const ROOT: string = join(import.meta.dir, "../..");

/** A page of the documentation, by its path from the top. */
export function page(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

export interface Heading {
  readonly level: number;
  readonly text: string;
  /** What follows until the next heading of this level or a higher one. */
  readonly body: string;
}

/** Every heading of a page, with what stands under it. Fenced text has none. */
export function headings(text: string): readonly Heading[] {
  const plain = withoutFences(text);
  const marks = [...plain.matchAll(/^(#{1,6}) (.+)$/gm)];
  return marks.map(({ 0: line, 1: mark = "", 2: title = "", index }) => {
    const end = marks.find((other) => other.index > index && (other[1]?.length ?? 0) <= mark.length)?.index;
    return { level: mark.length, text: title, body: plain.slice(index + line.length, end) };
  });
}

/** The rows of the table whose first column is called `head`: the cells of each. */
export function table(text: string, head: string): readonly (readonly string[])[] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.replaceAll(/ +/g, " ").startsWith(`| ${head} |`));
  if (start < 0) throw new Error(`no table begins with ${JSON.stringify(head)}`);
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, end < 0 ? undefined : end).map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}

/** The words that stand in backticks. */
export function code(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word);
}

export interface Fence {
  readonly text: string;
  /** The file that it is, when its first line is a comment that says so. */
  readonly path: string | undefined;
}

/** The fenced examples in one language. */
export function fences(text: string, language: string): readonly Fence[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === language)
    .map(([, , block = ""]) => ({ text: block, path: /^\/\/ (\S+\.ts)\n/.exec(block)?.[1] }));
}

/** The same page without its fenced text. */
export function withoutFences(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, "");
}
