import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "./project.ts";

/** An entry of the log in JSON. */
export interface Logged {
  readonly time: string;
  readonly level: string;
  readonly service: string;
  readonly event: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

export function entriesIn(text: string): Logged[] {
  const lines = text.split("\n");
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Logged);
}

/** What a service with `log: LOG_FILES` has logged so far. */
export function logged(project: Project): Logged[] {
  const file = join(project.folder, "logs", "mpq.log");
  return existsSync(file) ? entriesIn(readFileSync(file, "utf8")) : [];
}

/** What its workers printed so far. */
export function printed(project: Project): Logged[] {
  return logged(project).filter((entry) => entry.event === "worker.output");
}

/** Log files in JSON, in the folder `logs`, never full. */
export const LOG_FILES = { path: "./logs", format: "json", maxSize: 1_000 } as const;
