import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInThisContext } from "node:vm";
import { GLOBALS } from "../../src/client/globals.ts";
import { sourceOf } from "../../src/client/function-source.ts";
import { type MpqError, isMpqError } from "../../src/errors.ts";

// Surroundings that functions below must not use.
const prefix = "to ";
let count = 0;

/** A function as it stands in a file, so that no compiler touches what is tested. */
function written(text: string): (...run: unknown[]) => unknown {
  const args = "prefix, count, helper, require, __name";
  return (runInThisContext(`(function (${args}) { return (${text}); })`) as () => never)();
}

function refusalOf(handler: object): MpqError {
  try {
    sourceOf(handler, "it");
  } catch (error) {
    if (isMpqError(error)) return error;
    throw error;
  }
  throw new Error("it was taken; a refusal was expected");
}

describe("a function that uses only its data, its job and globals is taken as it is", () => {
  test.each<[string, string]>([
    ["an arrow function", "(data, job) => data.n + job.attempt"],
    ["an arrow function with one bare parameter", "data => data.n"],
    ["an async arrow function", "async (data) => { await fetch(data.url); }"],
    ["a function expression", "function (data) { return data.n; }"],
    ["an async function expression", "async function (data) { return data.n; }"],
    [
      "a function that calls itself by its own name",
      "function again(data) { return data.n > 0 ? again({ n: data.n - 1 }) : 0; }",
    ],
    [
      "globals of the language",
      "() => [Math.max(1), JSON.stringify({}), new Map(), Promise, undefined, NaN, globalThis]",
    ],
    [
      "globals of Bun and Node",
      "() => [Buffer, process, console, URL, fetch, Bun, setTimeout, structuredClone, crypto]",
    ],
    [
      "its own variables, in every kind of scope",
      "() => { let a = 1; const b = a; { var c = b; } for (const d of [c]) a += d; try { a(); } catch (e) { return e; } }",
    ],
    [
      "a variable that is declared after its use",
      "() => { return later(); function later() { return hoisted; } var hoisted; }",
    ],
    ["destructured and default parameters", "({ a, b: [c], ...rest }, { id = a } = {}) => [a, c, rest, id]"],
    ["names of properties that are no variables", "(data) => ({ prefix: data.prefix, count: data?.count })"],
    ["labels", "() => { prefix: for (;;) break prefix; }"],
    ["inner functions and closures over its own variables", "(data) => [1].map((n) => () => n + data.n)"],
    [
      "an inner class with its own this and super",
      "() => { class A { n = this.m; static { this.k = 1; } go() { return super.toString() + this.n; } } return new A(); }",
    ],
    ["this in an inner function", "() => function () { return this; }"],
    ["arguments in a function", "function () { return arguments.length; }"],
    ["new.target in a function", "function () { return new.target; }"],
    ["import() of a package or a file", 'async () => [await import("node:fs"), await import("./mailer.ts")]'],
    ["template literals and regular expressions", "(data) => `${data.n} ${/prefix/u.test(data.s)}`"],
    ["a directive of its own", 'function () { "use strict"; return 1; }'],
  ])("%s", (_, text) => {
    expect(sourceOf(written(text), "it")).toBe(text);
  });

  test("a method is sent as the function that it is", () => {
    const methods = {
      plain(data: unknown) {
        return data;
      },
      async later(data: unknown) {
        return await data;
      },
      "a b": function () {},
      get() {},
    };
    expect(Object.values(methods).map((each) => sourceOf(each, "it").replaceAll(/\s+/g, " "))).toEqual([
      "function (data) { return data; }",
      "async function (data) { return await data; }",
      "function() {}",
      "function () {}",
    ]);
  });
});

describe("a function that uses more is refused with the name and the line", () => {
  test.each<[string, string, string]>([
    ["a variable", "() => prefix + 1", "uses prefix (line 1 of it) of its surroundings"],
    [
      "a variable in a later line",
      "(data) => {\n  const a = 1;\n  return a + prefix;\n}",
      "uses prefix (line 3 of it)",
    ],
    [
      "several variables, each once",
      "() => {\n prefix();\n prefix();\n count();\n}",
      "uses prefix (line 2 of it), count (line 4 of it) of",
    ],
    ["a variable that it writes", "() => { count = 1; }", "uses count (line 1 of it)"],
    ["a variable that it counts up", "() => count++", "uses count (line 1 of it)"],
    ["a variable in a shorthand property", "() => ({ prefix })", "uses prefix (line 1 of it)"],
    ["a variable in a computed name", "() => ({ [prefix]: 1 })", "uses prefix (line 1 of it)"],
    ["a variable in a default parameter", "(data = prefix) => data", "uses prefix (line 1 of it)"],
    [
      "a variable deep inside",
      "() => () => { class A { m() { return prefix; } } return A; }",
      "uses prefix (line 1 of it)",
    ],
    ["a variable behind typeof", "() => typeof prefix", "uses prefix (line 1 of it)"],
    [
      "a variable whose name is declared in another scope",
      "() => { { let prefix = 1; } return prefix; }",
      "uses prefix (line 1 of it)",
    ],
    ["a class that it extends", "() => class extends helper {}", "uses helper (line 1 of it)"],
    ["require", '() => require("node:fs")', "require belongs to the file that the function stands in"],
    ["what a compiler added", "() => __name(() => 1, 'x')", "__name looks like something that a compiler"],
    ["a name that exists nowhere", "() => window.alert(1)", "uses window (line 1 of it)"],
    ["this in an arrow function", "() => this.n", "uses this (line 1 of it)"],
    ["this in a function", "function () {\n  return this.n;\n}", "called with (data, job) and no this"],
    ["this in an arrow function inside", "function () { return () => this; }", "uses this (line 1 of it)"],
    ["this in the computed name of a member", "() => class { [this.n] = 1; }", "uses this (line 1 of it)"],
    ["arguments in an arrow function", "() => arguments[0]", "an arrow function has no arguments of its own"],
    ["the FinalError that it cannot import", '() => { throw new FinalError("no"); }', "it can throw job.final(…)"],
    ["a function of the language", "Math.max", "is bound or built in, so it has no source"],
    ["a getter", 'Object.getOwnPropertyDescriptor({ get n() { return 1; } }, "n").get', "is a getter"],
    ["a setter", 'Object.getOwnPropertyDescriptor({ set n(_) {} }, "n").set', "is a setter"],
    ["a method that uses super", "({ m() { return super.toString(); } }).m", "uses super (line 1 of it)"],
    ["a generator", "function* () { yield 1; }", "is a generator, whose call runs nothing"],
    ["an async generator", "async function* () { yield 1; }", "is a generator, whose call runs nothing"],
    ["a class", "class { handle() {} }", "is a class, which cannot be called"],
    [
      "sloppy code",
      "function () { with (Math) { return PI; } }",
      "cannot run by itself, as strict code: 'with' in strict mode (line 1 of it)",
    ],
  ])("%s", (_, text, message) => {
    expect(refusalOf(written(text))).toMatchObject({ code: "JOB_INVALID", message: expect.stringContaining(message) });
  });

  test.each<[string, object, string]>([
    ["a bound function", (() => 1).bind(undefined), "is bound or built in, so it has no source"],
    ["import.meta", () => import.meta.url, "import.meta belongs to the file"],
    ["what it imports statically", () => readFileSync("x"), "uses readFileSync (line 1 of it)"],
    ["a constant of its file", () => prefix, "uses prefix (line 1 of it)"],
    ["a variable of its file", () => void count++, "uses count (line 1 of it)"],
  ])("%s", (_, handler, message) => {
    expect(refusalOf(handler)).toMatchObject({ code: "JOB_INVALID", message: expect.stringContaining(message) });
  });

  test("a message names at most five, and how many more there are", () => {
    expect(refusalOf(written("() => [a1, a2, a3, a4, a5, a6, a7]")).message).toContain(
      "a5 (line 1 of it) and 2 more of",
    );
  });
});

/** Run as a file of its own: tests have more globals, and so has code that is given on the command line. */
const LIST = "console.log(Object.getOwnPropertyNames(globalThis).join(' '))";
const OF_A_WINDOW = /^(?:add|remove|dispatch)Event|^(?:alert|confirm|prompt|self|postMessage|onerror|onmessage)$/;

test("the globals that are taken for known are those of the runtime that workers have", async () => {
  const folder = mkdtempSync(join(tmpdir(), "mpq-globals-"));
  await Bun.write(join(folder, "list.js"), LIST);
  const child = Bun.spawn([process.execPath, join(folder, "list.js")], { stdout: "pipe" });
  const found = (await child.stdout.text()).trim().split(" ");
  rmSync(folder, { recursive: true });
  expect([...GLOBALS].sort()).toEqual(found.filter((name) => !OF_A_WINDOW.test(name)).sort());
});
