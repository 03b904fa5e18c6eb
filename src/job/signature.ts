import { createHmac, timingSafeEqual } from "node:crypto";
import type { JobData } from "./data.ts";
import type { JobId } from "./id.ts";

/** A job that is code, with everything that its signature vouches for: none of it can be exchanged. */
export interface SignedCode {
  readonly queue: string;
  readonly id: JobId;
  readonly name: string;
  readonly source: string;
  readonly data: JobData | undefined;
}

/** What is signed begins with this, so that a signature is worth nothing for any other purpose or a later form. */
const VERSION = "mpq function 1";

/** Signs a job that is code: HMAC-SHA-256, after the id of the secret, so that several secrets may be in use. */
export function signCode(code: SignedCode, secret: string): string {
  return `${keyIdOf(secret)}.${macOf(code, secret).toString("base64url")}`;
}

/** The id of the secret that a signature was made with; undefined for what is no signature. */
export function keyIdIn(signature: string): string | undefined {
  return /^([\w-]{8})\.[\w-]{43}$/.exec(signature)?.[1];
}

/** Tells whether a signature was made with this secret for exactly this job. */
export function isSignedWith(secret: string, code: SignedCode, signature: string): boolean {
  const [expected, found] = [signCode(code, secret), signature].map((text) => Buffer.from(text));
  if (expected === undefined || found === undefined || expected.length !== found.length) return false;
  return timingSafeEqual(expected, found);
}

/** Names a secret without telling anything of it. */
export function keyIdOf(secret: string): string {
  return createHmac("sha256", secret).update("mpq key id").digest("base64url").slice(0, 8);
}

/** As a list in JSON, what stands in one part can never be taken for the next. */
function macOf({ queue, id, name, source, data }: SignedCode, secret: string): Buffer {
  // The value that the function will get, not its bytes: what is verified is what is used.
  const parts = [VERSION, queue, id, name, source, data === undefined ? null : JSON.stringify(data)];
  return createHmac("sha256", secret).update(JSON.stringify(parts)).digest();
}
