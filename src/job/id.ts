/**
 * Names one job within its queue. mpq's own ids are 14 characters that sort by the time of their making; a pusher may
 * give ids of its own (1 to 64 printable ASCII characters without white space).
 */
export type JobId = string;

/** In the order of their character codes, so that ids sort as the numbers they write. */
const DIGITS = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
/** Ids count microseconds from here: so long ago that none begins with "-", which a command would take for an option. */
const EPOCH_MS = Date.UTC(2000, 0, 1);
const MAKER_DIGITS = 5;
/** All numbers of two digits: a pusher makes very many ids. */
const PAIRS: readonly string[] = Array.from({ length: 64 * 64 }, (_, n) => `${DIGITS[n >> 6]}${DIGITS[n & 63]}`);
/** The time's last four digits count up to this; the five before them change every 17 seconds. */
const LOW_RANGE = 64 ** 4;

/** Tells this process apart from others that make an id in the same microsecond. */
const maker = Array.from(crypto.getRandomValues(new Uint8Array(MAKER_DIGITS)), (byte) => DIGITS[byte % 64]).join("");
let lastMicros = 0;

/** Makes an id: unique, later ones sort after earlier ones of this process. */
export function newJobId(): JobId {
  lastMicros = Math.max(lastMicros + 1, Math.floor((Date.now() - EPOCH_MS) * 1000));
  return base64(lastMicros) + maker;
}

let lastHigh = -1;
let lastHighText = "";

/** Writes the time in nine digits. */
function base64(value: number): string {
  const high = Math.floor(value / LOW_RANGE);
  const low = value % LOW_RANGE;
  if (high !== lastHigh) lastHighText = fiveDigits((lastHigh = high));
  return `${lastHighText}${PAIRS[low >> 12]}${PAIRS[low & 4095]}`;
}

function fiveDigits(value: number): string {
  const low = value % LOW_RANGE;
  return `${DIGITS[Math.floor(value / LOW_RANGE)]}${PAIRS[low >> 12]}${PAIRS[low & 4095]}`;
}

/** What {@link isJobId} asks for, in words. */
export const EXPECTED_ID = "1 to 64 printable ASCII characters without white space";

/** Tells whether a pusher may use `id`. */
export function isJobId(id: string): boolean {
  return /^[\x21-\x7e]{1,64}$/.test(id);
}
