import { createInterface } from "node:readline";

/** Tells whether somebody sits before this who can answer a question. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** Asks on the terminal. Everything but a clear yes is a no. */
export async function confirm(question: string): Promise<"yes" | "no"> {
  process.stderr.write(`${question} [y/N] `);
  // Lines as the terminal gives them, so that Ctrl-C stays what it is.
  const lines = createInterface({ input: process.stdin, terminal: false });
  try {
    for await (const line of lines) return isYes(line) ? "yes" : "no";
    return "no";
  } finally {
    lines.close();
    process.stdin.unref();
  }
}

export function isYes(answer: string): boolean {
  return /^\s*y(es)?\s*$/i.test(answer);
}
