import { type Command, usage } from "./command.ts";

/** Reads a number that was given to a command; undefined when none was. Throws `USAGE` for what is no number. */
export function numberOf(
  definition: Pick<Command, "name">,
  flag: string,
  text: string | undefined,
): number | undefined {
  if (text === undefined) return undefined;
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  throw usage(definition, `needs a number with ${flag}, found ${JSON.stringify(text)}`);
}
