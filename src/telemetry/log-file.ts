import { accessSync, constants, existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { type RotatingFileStream, createStream } from "rotating-file-stream";
import type { LogConfig } from "../config/config.ts";
import { MpqError, reportOf } from "../errors.ts";

/** The file that a service logs to. No other process writes to it, so this one may rotate it. */
export class LogFile {
  readonly #folder: string;
  readonly #name: string;
  readonly #rules: Pick<LogConfig, "maxSizeBytes" | "maxFiles">;
  #stream: RotatingFileStream | undefined;

  /** Throws `START_FAILED` when nothing can be written in `folder`. */
  constructor(folder: string, service: string, rules: Pick<LogConfig, "maxSizeBytes" | "maxFiles">) {
    this.#folder = folder;
    this.#name = `${encodeURIComponent(service)}.log`;
    this.#rules = rules;
    makeLogFolder(folder);
    this.#openEarly();
  }

  /** Appends texts, and then looks whether the file is full. After a failure the next call opens it anew. */
  async write(texts: readonly string[]): Promise<void> {
    const stream = (this.#stream ??= this.#open());
    await new Promise<void>((resolve, reject) => {
      stream.write(texts.join(""), (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Goes on in a file that is opened anew: somebody has moved the present one. */
  reopen(): void {
    this.#stream?.end();
    this.#openEarly();
  }

  /** What stands in the way is told by the next write, which tries it again. */
  #openEarly(): void {
    try {
      this.#stream = this.#open();
    } catch {
      this.#stream = undefined;
    }
  }

  #open(): RotatingFileStream {
    const { maxSizeBytes, maxFiles } = this.#rules;
    const file = join(this.#folder, this.#name);
    if (maxFiles > 0 && isOfEarlierDay(file)) setAside(file, maxFiles);
    const place = { path: this.#folder, mode: 0o600 };
    const stream = createStream(
      this.#name,
      maxFiles === 0 ? place : { ...place, size: `${maxSizeBytes}B`, interval: "1d", rotate: maxFiles },
    );
    // Who writes next hears of it, or opens it anew.
    stream.on("error", () => {
      if (this.#stream === stream) this.#stream = undefined;
    });
    return stream;
  }
}

/** The library misses a midnight at which nobody had the file open: with `rotate` it ignores its `initialRotation`. */
function isOfEarlierDay(file: string): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  const midnight = new Date().setHours(0, 0, 0, 0);
  return stat !== undefined && stat.isFile() && stat.size > 0 && stat.mtimeMs < midnight;
}

/** Does what the library does at a midnight. */
function setAside(file: string, maxFiles: number): void {
  for (let number = maxFiles; number > 0; number--) {
    const from = number === 1 ? file : `${file}.${number - 1}`;
    if (existsSync(from)) renameSync(from, `${file}.${number}`);
  }
}

/** Makes the folder of log files, for this user alone. Throws `START_FAILED` when nothing can be written there. */
export function makeLogFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const why = reportOf(cause).message;
    throw new MpqError("START_FAILED", `log.path ${folder} cannot be written: ${why}; choose another folder`, {
      cause,
    });
  }
}
