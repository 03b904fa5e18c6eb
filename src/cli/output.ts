import Table from "cli-table3";
import { inert, inertJson, inertLines } from "../telemetry/inert.ts";

/** Writes a result to stdout. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A reader who leaves early, as `head` does, is no failure of the command: it does its work to the end. */
export function forgiveLostReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

/** Tells whether a result may have colours: only on a terminal, and never against NO_COLOR. */
export function hasColours(): boolean {
  return process.stdout.isTTY && !process.env["NO_COLOR"];
}

/** Writes what went wrong, or what is no result, to stderr. */
export function printError(text: string): void {
  process.stderr.write(`${inertLines(text)}\n`);
}

export function printJson(value: unknown): void {
  print(jsonOf(value));
}

/** JSON for a person on a terminal, else on one line. */
export function jsonOf(value: unknown): string {
  return inertJson(JSON.stringify(value, undefined, process.stdout.isTTY ? 2 : undefined));
}

const PLAIN = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
} as const;

/** Rows under a head, in columns. Numbers stand to the right. */
export function tableOf(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const aligned = head.map((_, column) =>
    typeof rows[0]?.[column] === "number" ? ("right" as const) : ("left" as const),
  );
  const style = { head: [], border: [], "padding-left": 0, "padding-right": 0 };
  const table = new Table({ head: [...head], chars: PLAIN, style, colAligns: aligned });
  for (const row of rows) table.push(row.map((cell) => inert(String(cell))));
  return table.toString().replaceAll(/ +$/gm, "");
}

/** The first line of a text, cut to a width that leaves a table readable. */
export function shortened(text: string, width: number): string {
  const [line = "", ...more] = text.split("\n");
  const characters = Array.from(line);
  if (characters.length <= width) return more.length === 0 ? line : `${line} …`;
  return `${characters.slice(0, width - 1).join("")}…`;
}

/** A duration as people read it: `45 s`, `3 min`, `2 h`, `5 d`. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** An amount of memory as people read it. */
export function bytes(count: number): string {
  const mega = count / 1024 ** 2;
  return mega >= 1024 ? `${(mega / 1024).toFixed(1)} GB` : `${mega.toFixed(mega < 10 ? 1 : 0)} MB`;
}
