/**
 * Writes text that has only printable ASCII, which ids and tokens have. Returns its length. Throws a `RangeError` for one that
 * has no room: half a token would prove nothing, and the job would be run again that it stands for.
 */
export function writeText(bytes: Uint8Array, start: number, text: string, most: number): number {
  if (text.length > most) throw new RangeError(`${text} has ${text.length} characters; a board has room for ${most}`);
  for (let index = 0; index < text.length; index++) bytes[start + index] = text.charCodeAt(index);
  return text.length;
}

export function readText(bytes: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(start, start + length));
}
