import { randomBytes } from "node:crypto";

/**
 * Names one job within its queue. mpq's own ids are 14 characters that sort by the time of their making; a pusher may
 * give ids of its own (1 to 64 printable characters without white space).
 */
export type JobId = string;

/** In the order of their character codes, so that ids sort as the numbers they write. */
const DIGITS = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
/** 2020-01-01: ids count microseconds from here, which keeps them short. */
const EPOCH_MS = Date.UTC(2020, 0, 1);
const TIME_DIGITS = 9;
const MAKER_DIGITS = 5;

/** Tells this process apart from others that make an id in the same microsecond. */
const maker = Array.from(randomBytes(MAKER_DIGITS), (byte) => DIGITS[byte % 64]).join("");
let lastMicros = 0;

/** Makes an id: unique, later ones sort after earlier ones of this process. */
export function newJobId(): JobId {
  lastMicros = Math.max(lastMicros + 1, Math.floor((Date.now() - EPOCH_MS) * 1000));
  return base64(lastMicros) + maker;
}

function base64(value: number): string {
  let rest = value;
  let text = "";
  for (let digit = 0; digit < TIME_DIGITS; digit++) {
    text = DIGITS[rest % 64] + text;
    rest = Math.floor(rest / 64);
  }
  return text;
}

/** Tells whether a pusher may use `id`. */
export function isJobId(id: string): boolean {
  return /^[\x21-\x7e]{1,64}$/.test(id);
}
