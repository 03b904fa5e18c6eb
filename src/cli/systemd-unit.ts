import unit from "../../systemd/mpq.service" with { type: "text" };
import template from "../../systemd/mpq@.service" with { type: "text" };
import { ownCommand } from "../process/role.ts";
import { type Command, command } from "./command.ts";
import { print } from "./output.ts";

/** The command of the unit files, which stand for an executable in its usual place. */
const USUAL = "/usr/local/bin/mpq";

export const systemdUnit: Command = command({
  name: "systemd:unit",
  description: "Prints a systemd unit file that runs the service",
  args: {
    template: { type: "boolean", description: "Print mpq@.service, for several services on one host" },
  },
  async run({ template: wanted }) {
    const text = wanted === true ? template : unit;
    const own = ownCommand().map(quoted).join(" ");
    print(text.replaceAll(`=${USUAL} `, () => `=${own} `).trimEnd());
  },
});

/** As a unit file wants a word of a command: in quotes when there is need, and a percent sign twice. */
function quoted(word: string): string {
  return /^[\w./@+-]+$/.test(word) ? word : JSON.stringify(word.replaceAll("%", "%%"));
}
