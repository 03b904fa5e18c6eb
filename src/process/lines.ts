/** Puts lines together from the bytes that a socket or a pipe brings. */
export class LineReader {
  readonly #decoder = new TextDecoder();
  readonly #onLine: (line: string) => void;
  readonly #longest: number;
  #rest = "";
  /** Characters of the present line that are not kept. */
  #cut = 0;

  /** A line of more than `longest` characters is cut there, and ends with how many are missing. */
  constructor(onLine: (line: string) => void, longest: number = Number.POSITIVE_INFINITY) {
    this.#onLine = onLine;
    this.#longest = longest;
  }

  read(bytes: Uint8Array): void {
    const pieces = this.#decoder.decode(bytes, { stream: true }).split("\n");
    const last = pieces.pop() ?? "";
    for (const piece of pieces) {
      this.#add(piece);
      this.#finish();
    }
    this.#add(last);
  }

  /** Nothing comes any more: what is left is a line as well. */
  end(): void {
    this.#add(this.#decoder.decode());
    if (this.#rest !== "") this.#finish();
  }

  #add(piece: string): void {
    const kept = Math.min(piece.length, this.#longest - this.#rest.length);
    this.#rest += kept === piece.length ? piece : piece.slice(0, kept);
    this.#cut += piece.length - kept;
  }

  #finish(): void {
    const line = this.#cut === 0 ? this.#rest : `${this.#rest}… (${this.#cut} more)`;
    this.#rest = "";
    this.#cut = 0;
    this.#onLine(line);
  }
}
