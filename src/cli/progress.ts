const WIDTH = 30;
const CLEAR_LINE = "\r\u001b[K";

/** Shows how far something is, on stderr: a bar on a terminal, else a line for each tenth. */
export class Progress {
  readonly #total: number;
  readonly #noun: string;
  #tenth = 0;

  constructor(total: number, noun: string) {
    this.#total = total;
    this.#noun = noun;
  }

  show(done: number): void {
    if (process.stderr.isTTY) process.stderr.write(`${CLEAR_LINE}${this.#bar(done)}`);
    else this.#line(done);
  }

  /** Writes a line that stays, above the bar. */
  say(text: string): void {
    process.stderr.write(`${process.stderr.isTTY ? CLEAR_LINE : ""}${text}\n`);
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write("\n");
  }

  #bar(done: number): string {
    const full = Math.round((WIDTH * done) / Math.max(1, this.#total));
    return `${"█".repeat(full)}${"░".repeat(WIDTH - full)} ${done} of ${this.#total} ${this.#noun}`;
  }

  #line(done: number): void {
    const tenth = Math.floor((10 * done) / Math.max(1, this.#total));
    if (tenth <= this.#tenth) return;
    this.#tenth = tenth;
    process.stderr.write(`${tenth * 10} %: ${done} of ${this.#total} ${this.#noun}\n`);
  }
}
