import { TOKEN_MAX, type TakenJob } from "../driver/driver.ts";
import type { Phase } from "../job/attempt.ts";
import type { JobId } from "../job/id.ts";
import { readText, writeText } from "./board-text.ts";

/** Where things stand within a label, in bytes. */
const ID_LENGTH = 0;
const TOKEN_LENGTH = 1;
const IS_FAILING = 2;
const ID_BYTES = 4;
const ID_MAX = 64;
const TOKEN_BYTES = ID_BYTES + ID_MAX;
/** How much memory the label of a slot needs. */
export const LABEL_BYTES: number = TOKEN_BYTES + TOKEN_MAX;

/** The job in a slot. */
export interface Labelled {
  readonly id: JobId;
  readonly token: string;
  readonly phase: Phase;
}

/** What a label says of a job. */
export type Labelling = Pick<TakenJob, "id" | "token" | "record">;

/** Which job stands in each slot of a board. */
export class Labels {
  readonly #bytes: Uint8Array<ArrayBuffer>;

  /** The labels begin at the byte `start` of the memory. */
  constructor(memory: ArrayBuffer, start: number, slots: number) {
    this.#bytes = new Uint8Array(memory, start, slots * LABEL_BYTES);
  }

  write(slot: number, { id, token, record }: Labelling): void {
    const start = slot * LABEL_BYTES;
    this.#bytes[start + ID_LENGTH] = writeText(this.#bytes, start + ID_BYTES, id, ID_MAX);
    this.#bytes[start + TOKEN_LENGTH] = writeText(this.#bytes, start + TOKEN_BYTES, token, TOKEN_MAX);
    this.#bytes[start + IS_FAILING] = record?.phase === "failing" ? 1 : 0;
  }

  read(slot: number): Labelled {
    const start = slot * LABEL_BYTES;
    return {
      id: readText(this.#bytes, start + ID_BYTES, this.#bytes[start + ID_LENGTH] ?? 0),
      token: readText(this.#bytes, start + TOKEN_BYTES, this.#bytes[start + TOKEN_LENGTH] ?? 0),
      phase: this.#bytes[start + IS_FAILING] === 1 ? "failing" : "running",
    };
  }
}
