/** The parser, which is loaded when the first function is pushed as source. */
import type { ArrowFunctionExpression, Expression, FunctionExpression, Program } from "acorn";

export interface ParsedExpression {
  readonly program: Program;
  readonly expression: Expression;
}

export interface ParsedFunction {
  readonly program: Program;
  readonly function: FunctionExpression | ArrowFunctionExpression;
}

/** Reads one expression as strict code. Gives undefined, and tells `onError` why, when it is none. */
export function parseExpression(text: string, onError?: (why: string) => void): ParsedExpression | undefined {
  // Not `import()`: a push must be read in the same turn that it was called in, or pushes would overtake each other.
  const { parse } = require("acorn") as typeof import("acorn");
  try {
    const options = { sourceType: "module", ecmaVersion: "latest", locations: true, ranges: true } as const;
    const program = parse(text, { ...options, allowSuperOutsideMethod: true });
    const [statement, ...more] = program.body;
    if (statement?.type !== "ExpressionStatement" || more.length > 0) return undefined;
    return { program, expression: statement.expression };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    onError?.(withLine(error));
    return undefined;
  }
}

/** The parser ends a message with the place, as "(line:column)". */
function withLine(error: SyntaxError): string {
  return error.message.replace(/ \((\d+):\d+\)$/, " (line $1 of it)");
}
