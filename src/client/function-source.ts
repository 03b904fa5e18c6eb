/** Functions that travel as source: what of them is sent, and which cannot be. */
import type { ArrowFunctionExpression, FunctionExpression, Property } from "acorn";
import { MpqError } from "../errors.ts";
import { type ParsedFunction, parseExpression } from "./parse.ts";
import { surroundingsOf } from "./surroundings.ts";

/** Sources that were found fit, so that a push in a loop is checked once. Emptied when it holds so many. */
const fit = new Map<string, string>();
const MOST_FIT = 500;

/**
 * Gives the source of a function as an expression that stands for itself. Throws `JOB_INVALID`, with the reason, for what
 * is no plain function and for one that uses anything of its surroundings.
 */
export function sourceOf(handler: object, title: string): string {
  const text = Function.prototype.toString.call(handler);
  const known = fit.get(text);
  if (known !== undefined) return known;
  const source = check(text, title);
  if (fit.size >= MOST_FIT) fit.clear();
  fit.set(text, source);
  return source;
}

function check(text: string, title: string): string {
  if (/\{\s*\[native code\]\s*\}$/.test(text)) {
    throw refusal(title, "is bound or built in, so it has no source; push a function that calls it");
  }
  const source = asExpression(text, title);
  const parsed = parse(source, title);
  if (parsed.function.generator) throw refusal(title, "is a generator, whose call runs nothing; push a plain function");
  const problem = surroundingsOf(parsed);
  if (problem !== undefined) throw refusal(title, problem);
  return source;
}

/** What a method is written as is no expression; the function that it is, is one. */
function asExpression(text: string, title: string): string {
  const parsed = parseExpression(`(${text})`);
  if (isFunction(parsed?.expression.type)) return text;
  if (parsed?.expression.type === "ClassExpression") {
    throw refusal(title, "is a class, which cannot be called; push a class that extends Job by its name");
  }
  const method = methodIn(`({${text}})`);
  if (method === undefined) return text;
  if (method.kind !== "init") throw refusal(title, `is a ${method.kind}ter; push a plain function`);
  const { async, generator, start, end } = method.value as FunctionExpression;
  const signature = `({${text}})`.slice(start, end);
  return `${async ? "async " : ""}function${generator ? "*" : ""} ${signature}`;
}

function isFunction(type: string | undefined): boolean {
  return type === "FunctionExpression" || type === "ArrowFunctionExpression";
}

function methodIn(text: string): Property | undefined {
  const expression = parseExpression(text)?.expression;
  if (expression?.type !== "ObjectExpression") return undefined;
  const [property, ...more] = expression.properties;
  return property?.type === "Property" && more.length === 0 ? property : undefined;
}

function parse(source: string, title: string): ParsedFunction {
  const parsed = parseExpression(`(${source})`, (why) => {
    throw refusal(title, `cannot run by itself, as strict code: ${why}`);
  });
  const expression = parsed?.expression;
  if (parsed !== undefined && isFunction(expression?.type)) {
    return { program: parsed.program, function: expression as FunctionExpression | ArrowFunctionExpression };
  }
  throw refusal(title, "is no plain function; push a function or an arrow function");
}

function refusal(title: string, problem: string): MpqError {
  return new MpqError("JOB_INVALID", `${title} ${problem}`);
}
