import { join } from "node:path";
import { Script, constants } from "node:vm";
import type { Secrets } from "../../config/secrets.ts";
import { MpqError, reportOf } from "../../errors.ts";
import type { OpenedCode } from "../../job/envelope.ts";
import type { JobFunction } from "../../job/job.ts";
import { type SignedCode, isSignedWith, keyIdIn } from "../../job/signature.ts";

/** A job that is code, as it was found: its signature is not verified yet. */
export interface FoundCode extends SignedCode {
  readonly signature: OpenedCode["signature"];
}

/** More compiled functions than this are not kept, so that pushers cannot fill this process's memory. */
const MOST_KEPT = 500;

/** The jobs that came as code. Nothing of one is looked at before its signature is verified, each time it runs. */
export class PushedCode {
  readonly #secrets: Secrets;
  readonly #folder: string;
  readonly #compiled = new Map<string, JobFunction>();

  /** What the code imports is resolved as for a file in `folder`. */
  constructor(secrets: Secrets, folder: string) {
    this.#secrets = secrets;
    this.#folder = folder;
  }

  /** Gives the function. Throws `SIGNATURE_INVALID`, and `JOB_INVALID` for verified code that does not compile here. */
  find(code: FoundCode): JobFunction {
    this.#verify(code);
    const known = this.#compiled.get(code.source);
    if (known !== undefined) return known;
    const run = this.#compile(code);
    if (this.#compiled.size >= MOST_KEPT) this.#compiled.clear();
    this.#compiled.set(code.source, run);
    return run;
  }

  #verify(code: FoundCode): void {
    if (code.signature === undefined) throw refusal("is not signed; it was not pushed by mpq, or changed since");
    const keyId = keyIdIn(code.signature);
    if (keyId === undefined) throw refusal("has a damaged signature; it was changed after it was pushed");
    const secret = this.#secrets.withKeyId(keyId);
    if (secret === undefined) {
      throw refusal(
        `is signed with a secret (${keyId}) that this worker does not know; give MPQ_SECRET, or "secret" in the ` +
          "configuration, the same value for the workers and for whoever pushes, older ones after the first",
      );
    }
    if (isSignedWith(secret, code, code.signature)) return;
    throw refusal("is not what was signed: its queue, id, name, source or data was changed after it was pushed");
  }

  /**
   * Compiles the code as a script of this process, strict and in a scope of its own. As a function made by `new Function`,
   * what it imports would be looked for beside this program; like this, it is looked for in the user's project.
   */
  #compile({ name, source }: FoundCode): JobFunction {
    const filename = join(this.#folder, `${name.replaceAll(/[^\w$.-]/g, "_")}.pushed.js`);
    try {
      const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
      // On the first line, so that lines in stacks are those of the source.
      const script = new Script(`"use strict"; (${source}\n)`, { filename, importModuleDynamically });
      return script.runInThisContext() as JobFunction;
    } catch (cause) {
      const why = reportOf(cause).message;
      throw new MpqError("JOB_INVALID", `the source of this job does not compile: ${why}`, { cause });
    }
  }
}

function refusal(problem: string): MpqError {
  return new MpqError("SIGNATURE_INVALID", `this job is code and was not run: it ${problem}`);
}
