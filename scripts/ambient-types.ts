/**
 * The types of the npm package as one file that declares the module by its name. `mpq init` writes it for projects that
 * have only the executable, so that an editor knows what they import.
 */
import { dirname, join, posix } from "node:path";

const NAME = "multi-process-queue";

const HEAD = `// The types of "${NAME}", which the executable provides itself. Made by "mpq init", which makes this file
// again when it is not there. A project that installs the npm package needs it no more.
// @ts-nocheck
`;

/** Puts the declarations together that `entry` reaches in `folder`, a module each. */
export async function ambientTypes(folder: string, entry: string): Promise<string> {
  const texts = new Map<string, string>();
  const open = [entry];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (texts.has(file)) continue;
    const text = await Bun.file(join(folder, file)).text();
    texts.set(file, text);
    open.push(...importsOf(text).map((path) => declarationOf(path, file ?? entry)));
  }
  const modules = [...texts].map(([file, text]) => moduleOf(file, text, entry));
  return [HEAD, ...modules.toSorted()].join("\n");
}

const IMPORT = /\b(from |import\()"(\.[^"]*)"/g;

function importsOf(text: string): string[] {
  return Array.from(text.matchAll(IMPORT), ([, , path = ""]) => path);
}

/** The declaration that an import in `from` means. */
function declarationOf(path: string, from: string): string {
  return posix.join(dirname(from), path).replace(/(\.d)?\.[jt]s$/, ".d.ts");
}

/** What a declaration is called when it is not a file any more. */
function nameOf(file: string, entry: string): string {
  return file === entry ? NAME : `${NAME}/${file.replace(/\.d\.ts$/, "")}`;
}

/** Inside a declared module everything is declared, and no path is relative. */
function moduleOf(file: string, text: string, entry: string): string {
  const body = text
    .replaceAll(/^(export )?declare /gm, "$1")
    .replaceAll(IMPORT, (_, word: string, path: string) => `${word}"${nameOf(declarationOf(path, file), entry)}"`);
  return `declare module "${nameOf(file, entry)}" {\n${body.trimEnd()}\n}\n`;
}
