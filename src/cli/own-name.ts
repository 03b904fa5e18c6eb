import { realpathSync } from "node:fs";
import { relative } from "node:path";
import { ownCommand } from "../process/role.ts";

/** How to call this program from the working directory, as it is typed into a shell: `mpq` when the PATH leads to it. */
export function ownName(): string {
  const [program = "", ...rest] = ownCommand();
  const onPath = Bun.which("mpq");
  if (rest.length === 0 && onPath !== null && realpathSync(onPath) === realpathSync(program)) return "mpq";
  return [nearName(program), ...rest].map(typed).join(" ");
}

/** The path from here when it leads down, else the full one. */
function nearName(program: string): string {
  const path = relative(process.cwd(), program);
  return path.startsWith("../") ? program : `./${path}`;
}

function typed(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
