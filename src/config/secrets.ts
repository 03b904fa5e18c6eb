import { MpqError } from "../errors.ts";
import { keyIdOf } from "../job/signature.ts";
import type { DriverSource } from "./config.ts";
import { makeSecretFile, readSecretFile } from "./secret-file.ts";

/** A shorter secret could be guessed by whoever can read the store. */
const LEAST_CHARACTERS = 16;
const EXPECTED = `a text of ${LEAST_CHARACTERS} characters or more, or a list of such texts`;
const VARIABLE = "MPQ_SECRET";

/** Reads the option `secret`. Throws `CONFIG_INVALID`, and never shows what it was given. */
export function readSecret(value: unknown, path: string): readonly string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0) throw new MpqError("CONFIG_INVALID", `${path} is an empty list; expected ${EXPECTED}`);
  return list.map((secret) => {
    if (typeof secret === "string" && secret.trim().length >= LEAST_CHARACTERS) return secret.trim();
    const found = typeof secret === "string" ? "too short" : `of the type ${typeof secret}`;
    throw new MpqError("CONFIG_INVALID", `${path} is ${found}; expected ${EXPECTED}, as "openssl rand -hex 32" makes`);
  });
}

/**
 * The secrets of a process: what its configuration says, else what `MPQ_SECRET` says (several with a comma between), else
 * what the file beside an embedded store holds. Throws `CONFIG_INVALID` for a `MPQ_SECRET` that will not do.
 */
export function secretsFor(
  driver: DriverSource,
  own: readonly string[] | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Secrets {
  const fromOutside = env[VARIABLE]?.split(",").filter((part) => part.trim() !== "") ?? [];
  const given = own ?? (fromOutside.length === 0 ? undefined : readSecret(fromOutside, VARIABLE));
  return new Secrets(given, "open" in driver ? driver.secretFile : undefined, driver.label);
}

/** The secrets that sign and verify jobs that are code. Private to the object, so that no log or message prints one. */
export class Secrets {
  #secrets: readonly string[] | undefined;
  readonly #file: string | undefined;
  readonly #store: string;

  /** The file counts only where no secret is given. */
  constructor(given: readonly string[] | undefined, file: string | undefined, store: string) {
    this.#secrets = given;
    this.#file = given === undefined ? file : undefined;
    this.#store = store;
  }

  /**
   * The secret that signs. Beside an embedded store it is made when there is none. Throws `SECRET_MISSING` elsewhere, and
   * for a file that others may read or write.
   */
  signing(): string {
    if (this.#secrets === undefined && this.#file !== undefined) this.#secrets = makeSecretFile(this.#file);
    const [first] = this.#secrets ?? [];
    if (first !== undefined) return first;
    throw new MpqError(
      "SECRET_MISSING",
      `a function that is pushed as source must be signed, and there is no secret for ${this.#store}: set ${VARIABLE}, ` +
        'or "secret" in the configuration, to the same value for the workers and for whoever pushes ("openssl rand -hex 32" makes one)',
    );
  }

  /**
   * The secret with this id, or undefined when it is none of ours. One that was added to the file since is found. Throws
   * `SECRET_MISSING` for a file that others may read or write.
   */
  withKeyId(keyId: string): string | undefined {
    const found = this.#find(keyId);
    if (found !== undefined || this.#file === undefined) return found;
    this.#secrets = readSecretFile(this.#file);
    return this.#find(keyId);
  }

  /** Where they are, for people; undefined when there are none. Throws like {@link withKeyId}. */
  origin(): string | undefined {
    if (this.#file === undefined) return this.#secrets === undefined ? undefined : `${this.#secrets.length} given`;
    return readSecretFile(this.#file) === undefined ? `made when needed, as ${this.#file}` : `in ${this.#file}`;
  }

  #find(keyId: string): string | undefined {
    return this.#secrets?.find((secret) => keyIdOf(secret) === keyId);
  }
}
