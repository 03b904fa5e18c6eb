import type { Finding } from "../driver/driver.ts";
import { EXIT_FAILED } from "../errors.ts";
import { inertLines } from "../telemetry/inert.ts";
import { CONFIG_ARG, JSON_ARG, type Command, command } from "./command.ts";
import { examine } from "./doctor/examine.ts";
import { here } from "./here.ts";
import { print, printJson } from "./output.ts";

export const doctor: Command = command({
  name: "doctor",
  description: "Checks the configuration, the jobs, the store and this host, and says what to do",
  args: { ...CONFIG_ARG, ...JSON_ARG },
  async run({ config: file, json }) {
    const findings = await examine(here(file));
    if (json === true) printJson(findings);
    else print(textOf(findings));
    return findings.some(({ level }) => level === "fail") ? EXIT_FAILED : 0;
  },
});

/** A line for each; what has several lines is set in. */
function textOf(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.map(({ check, level, message }) => {
    const head = `${level.padEnd(4)}  ${check.padEnd(width)}  `;
    return head + inertLines(message).replaceAll("\n", `\n${" ".repeat(head.length)}`);
  });
  return lines.join("\n");
}
