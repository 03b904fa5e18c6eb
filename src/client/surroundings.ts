import type { AnyNode } from "acorn";
import { GLOBALS } from "./globals.ts";
import type { ParsedFunction } from "./parse.ts";

/** Something that a function uses and that does not travel with its source. */
interface Foreign {
  /** As the message names it. */
  readonly name: string;
  readonly line: number;
}

const ADVICE =
  "which do not travel with its source: hand it in through the data, or load it inside with await import(…)";
/** A message that names more would not be read. */
const MOST_NAMED = 5;

/** Says what a function uses of its surroundings, with the line; undefined when that is nothing. */
export function surroundingsOf(parsed: ParsedFunction): string | undefined {
  const found = [...foreignWords(parsed), ...foreignVariables(parsed)];
  if (found.length === 0) return undefined;
  const named = found.slice(0, MOST_NAMED).map(({ name, line }) => `${name} (line ${line} of it)`);
  const rest = found.length > MOST_NAMED ? ` and ${found.length - MOST_NAMED} more` : "";
  const hint = found.map(({ name }) => hintFor(name)).find((each) => each !== "") ?? "";
  return `uses ${named.join(", ")}${rest} of its surroundings, ${ADVICE}${hint}`;
}

/** Each variable once, where it is met first. */
function foreignVariables({ program }: ParsedFunction): readonly Foreign[] {
  const { analyze } = require("eslint-scope") as typeof import("eslint-scope");
  type Tree = Parameters<typeof analyze>[0];
  const { globalScope } = analyze(program as unknown as Tree, { ecmaVersion: 2025, sourceType: "module" });
  const found = new Map<string, Foreign>();
  for (const { identifier } of globalScope?.through ?? []) {
    const { name, loc } = identifier;
    if (!GLOBALS.has(name) && !found.has(name)) found.set(name, { name, line: loc?.start.line ?? 1 });
  }
  return [...found.values()];
}

/** `this`, `super` and `import.meta`, which are no variables. */
function foreignWords(parsed: ParsedFunction): readonly Foreign[] {
  const found: Foreign[] = [];
  const visit = (node: AnyNode, isOwn: boolean): void => {
    const name = wordOf(node, isOwn);
    if (name !== undefined) found.push({ name, line: node.loc?.start.line ?? 1 });
    for (const [key, child] of childrenOf(node)) visit(child, isOwn && !hasOwnThis(node, key));
  };
  for (const [, child] of childrenOf(parsed.function)) visit(child, true);
  return found;
}

/** `isOwn`: what `this` means here is what it means in the function that is pushed. */
function wordOf(node: AnyNode, isOwn: boolean): string | undefined {
  if (node.type === "MetaProperty" && node.meta.name === "import") return "import.meta";
  if (!isOwn) return undefined;
  if (node.type === "ThisExpression") return "this";
  return node.type === "Super" ? "super" : undefined;
}

/** Tells whether a part of a node has a `this` of its own. The name of a member of a class or an object has none. */
function hasOwnThis(node: AnyNode, key: string): boolean {
  switch (node.type) {
    case "FunctionExpression":
    case "FunctionDeclaration":
      return true;
    case "PropertyDefinition":
      return key === "value";
    case "StaticBlock":
      return true;
    default:
      return false;
  }
}

function* childrenOf(node: AnyNode): Generator<[key: string, child: AnyNode]> {
  for (const [key, value] of Object.entries(node) as [string, unknown][]) {
    for (const child of Array.isArray(value) ? (value as unknown[]) : [value]) if (isNode(child)) yield [key, child];
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function hintFor(name: string): string {
  if (["require", "module", "exports", "__dirname", "__filename", "import.meta"].includes(name)) {
    return `; ${name} belongs to the file that the function stands in`;
  }
  if (name === "FinalError") return "; it can throw job.final(…), which is one";
  if (name === "arguments") return "; an arrow function has no arguments of its own: it gets (data, job)";
  if (name === "this") return "; the function is called with (data, job) and no this";
  return /^_{2,}|^cov_/.test(name) ? `; ${name} looks like something that a compiler or a coverage tool added` : "";
}
