import Table from "cli-table3";

/** Writes a result to stdout. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Writes what went wrong to stderr. */
export function printError(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, undefined, process.stdout.isTTY ? 2 : undefined));
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

/** Writes rows under a head, in columns. Numbers stand to the right. */
export function printTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const aligned = head.map((_, column) =>
    typeof rows[0]?.[column] === "number" ? ("right" as const) : ("left" as const),
  );
  const style = { head: [], border: [], "padding-left": 0, "padding-right": 0 };
  const table = new Table({ head: [...head], chars: PLAIN, style, colAligns: aligned });
  for (const row of rows) table.push(row.map((cell) => inert(String(cell))));
  print(table.toString().replaceAll(/ +$/gm, ""));
}

/** Text from a job or a store must not steer the terminal: control characters become visible marks. */
export function inert(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
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
