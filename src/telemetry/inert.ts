/** What ends lines, steers terminals, or turns the text around it: control characters, separators, changes of direction. */
const STEERING = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

/** Text from a job or a store must not steer the terminal or end a line: what would do so becomes a visible mark. */
export function inert(text: string): string {
  return text.replaceAll(STEERING, marked);
}

/** The same for text of several lines, which stay lines. */
export function inertLines(text: string): string {
  return text.split("\n").map(inert).join("\n");
}

/** The same JSON value, with the characters escaped that JSON lets stand as they are. */
export function inertJson(json: string): string {
  return json.replaceAll(UNESCAPED, escaped);
}

const UNESCAPED = /[\u007f-\u009f\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

function marked(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : escaped(character);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
