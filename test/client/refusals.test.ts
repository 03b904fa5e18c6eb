import { expect, test } from "bun:test";
import { configure, type ErrorCode, inline, Job, Queue } from "../../src/index.ts";
import { refusalOf } from "../support/refusal.ts";

class SendMail extends Job<{ to: string }> {
  override handle(): void {}
}

class Hasty extends SendMail {
  static override timeout = -1;
}

function sweep(): void {}

function readData(): unknown {
  return data;
}

class Reports {
  static readonly format = "pdf";
}

/** Takes what the compiler would refuse. */
interface Untyped {
  push(...given: unknown[]): Promise<string>;
  pushMany(...given: unknown[]): Promise<string[]>;
}

const untyped = Queue as unknown as Untyped;
const data = { to: "a" };

test.each<[string, unknown[], ErrorCode, string]>([
  ["a queue without a name", ["", "A"], "USAGE", 'the queue is ""'],
  ["a queue whose name cannot be read", ["a\nb", "A"], "USAGE", 'the queue is "a\\nb"'],
  ["a queue with a very long name", ["q".repeat(101), "A"], "USAGE", "1 to 100 printable characters"],
  ["a queue that is no text", [7, "A"], "USAGE", "the queue is 7"],
  ["no job", ["q"], "JOB_INVALID", "the job is undefined; expected a Job class"],
  ["a job without a name", ["q", ""], "JOB_INVALID", 'has the name ""'],
  ["a job of another kind", ["q", { job: "A" }], "JOB_INVALID", "the job is an object; expected a Job class"],
  ["an anonymous function that uses a variable", ["q", () => data], "JOB_INVALID", "uses data (line 1 of it)"],
  ["a named one that does, sent as source", ["q", inline(readData)], "JOB_INVALID", "the function readData uses data"],
  ["a bound function", ["q", sweep.bind(undefined)], "JOB_INVALID", "export it by a name of its own"],
  ["a static method that is none", ["q", [Reports, "build"]], "JOB_INVALID", 'Reports has no static method "build"'],
  ["a static field", ["q", [Reports, "format"]], "JOB_INVALID", 'Reports has no static method "format"'],
  ["a list that names no method", ["q", [Reports]], "JOB_INVALID", 'expected [Class, "method"]'],
  [
    "a class with a policy that will not do",
    ["q", Hasty, data],
    "JOB_INVALID",
    "Hasty.timeout is -1; expected seconds",
  ],
  ["data that is a list", ["q", "A", [1]], "JOB_INVALID", "the data of A is an array; expected a plain object"],
  ["data that is a text", ["q", "A", "x"], "JOB_INVALID", 'the data of A is "x"'],
  ["data that is null", ["q", "A", null], "JOB_INVALID", "the data of A is null"],
  ["data beside an instance", ["q", new SendMail(data), data], "JOB_INVALID", "expected no other data than its own"],
  ["data that JSON cannot carry", ["q", "A", { at: { n: 1n } }], "DATA_NOT_JSON", "data.at.n is a BigInt"],
  ["a delay below 0", ["q", "A", -1], "USAGE", "options.delay is -1; expected seconds from 0"],
  ["a delay that is no number", ["q", "A", Number.NaN], "USAGE", "options.delay is NaN"],
  ["a delay and options", ["q", "A", 1, { retries: 1 }], "USAGE", "expected nothing after the delay"],
  ["options that are none", ["q", "A", {}, "soon"], "USAGE", 'the last argument of push is "soon"'],
  ["an option that is none", ["q", "A", {}, { retires: 1 }], "USAGE", "options.retires is no option of push; expected"],
  ["a part of a retry", ["q", "A", {}, { retries: 0.5 }], "USAGE", "options.retries is 0.5; expected a whole number"],
  ["a backoff of another kind", ["q", "A", {}, { retryDelay: { type: "linear" } }], "USAGE", "options.retryDelay is"],
  [
    "jitter over 1",
    ["q", "A", {}, { retryDelay: { type: "exponential", base: 1, jitter: 2 } }],
    "USAGE",
    "jitter is 2",
  ],
  ["a flag that is none", ["q", "A", {}, { retryOnTimeout: 1 }], "USAGE", "options.retryOnTimeout is 1"],
  ["an id with a space", ["q", "A", {}, { id: "a b" }], "USAGE", 'options.id is "a b"'],
  ["a priority that is none", ["q", "A", {}, { priority: "top" }], "USAGE", '"high", "normal", "low"'],
])("%s is refused", async (_, given, code, message) => {
  expect(await refusalOf(untyped.push(...given))).toMatchObject({ code, message: expect.stringContaining(message) });
});

test("inline refuses what is no function", () => {
  expect(() => inline("sweep" as never)).toThrow('inline was given "sweep"; expected a function');
});

test.each<[string, unknown, ErrorCode, string]>([
  ["items that are no list", { job: "A" }, "USAGE", "the items of pushMany are an object"],
  ["an item that is none", [{ job: "A" }, "B"], "USAGE", 'items[1]: it is "B"'],
  ["an item with an option that is none", [{ job: "A", dealy: 1 }], "USAGE", "items[0]: options.dealy is no option"],
  [
    "an item whose function uses a variable",
    [{ job: () => data }],
    "JOB_INVALID",
    "items[0]: the function job uses data",
  ],
  [
    "an item with data that will not do",
    [{ job: "A", data: { n: 1n } }],
    "DATA_NOT_JSON",
    "items[0]: data.n is a BigInt",
  ],
])("%s is refused by pushMany", async (_, items, code, message) => {
  expect(await refusalOf(untyped.pushMany("q", items))).toMatchObject({
    code,
    message: expect.stringContaining(message),
  });
});

test.each<[string, unknown, string]>([
  ["no options", undefined, "configure was given undefined"],
  ["an option that is none", { drivers: 1 }, "configure.drivers is no option"],
  [
    "a driver that is none",
    { driver: "redis://localhost" },
    'configure.driver is "redis://localhost"; expected sqlite',
  ],
  ["a secret that could be guessed", { secret: "hunter2" }, "configure.secret is too short"],
  ["no time at all to push in", { pushTimeout: 0 }, "configure.pushTimeout is 0; expected more than 0 seconds"],
  ["queues that are a list", { queues: [] }, "configure.queues is an array"],
  ["a policy that will not do", { queues: { mail: { retries: -1 } } }, "configure.queues.mail.retries is -1"],
  ["a size that will not do", { queues: { mail: { maxSize: 0 } } }, "configure.queues.mail.maxSize is 0"],
])("configure refuses %s", (_, options, message) => {
  const attempt = (): void => configure(options as Parameters<typeof configure>[0]);
  expect(attempt).toThrow(message);
});
