import { expect, test } from "bun:test";
import { inline, Job, type JobContext, Queue } from "../../src/index.ts";

class SendMail extends Job<{ to: string }> {
  static override timeout = 10;
  override handle(): string {
    return this.data.to;
  }
}

class Nightly extends Job<undefined> {
  override handle(): void {}
}

class Loose extends Job {
  override handle(): void {}
}

class Soft extends Job<{ to?: string }> {
  override handle(): void {}
}

class Reports {
  static readonly format = "pdf";
  static build(data: { day: string }): string {
    return data.day;
  }
}

function sendDigest(data: { day: string }, job: JobContext): string {
  return data.day + job.id;
}

function sweep(): void {}

/** Never called: the compiler is the test. */
export async function right(): Promise<void> {
  await Queue.push("mail", SendMail, { to: "a" });
  await Queue.push("mail", SendMail, { to: "a" }, 1.5);
  await Queue.push("mail", SendMail, { to: "a" }, { delay: 1, retries: 0, retryDelay: 2, id: "x", priority: "high" });
  await Queue.push("mail", SendMail, 10);
  await Queue.push("mail", new SendMail({ to: "a" }), 10);
  await Queue.push("mail", new SendMail({ to: "a" }), undefined, { timeout: 1 });
  await Queue.push("mail", Nightly);
  await Queue.push("mail", Nightly, 10);
  await Queue.push("mail", Nightly, undefined, { delay: 10 });
  await Queue.push("mail", new Nightly(), 10);
  await Queue.push("mail", Loose);
  await Queue.push("mail", Loose, { any: 1 }, 3);
  await Queue.push("mail", Soft, 3);
  await Queue.push("mail", "SendMail", { to: "a" }, { delay: 1.5 });
  await Queue.push("mail", "SendMail", 10);
  await Queue.push("mail", sendDigest, { day: "2026-01-01" }, 10);
  await Queue.push("mail", (data, job) => [data.n.toFixed(), job.id], { n: 5 });
  await Queue.push("mail", async (data: { n: number }, job) => [data.n, job.signal], { n: 5 }, 10);
  await Queue.push("mail", () => 1);
  await Queue.push("mail", () => 1, undefined, { retries: 0 });
  await Queue.push("mail", inline(sendDigest), { day: "2026-01-01" }, { delay: 1 });
  await Queue.push("mail", sweep);
  await Queue.push("mail", sweep, 10);
  await Queue.push("mail", [Reports, "build"], { day: "2026-01-01" });
  await Queue.pushMany("mail", [
    { job: SendMail, data: { to: "a" }, delay: 1 },
    { job: sendDigest, data: { day: "d" } },
    { job: new SendMail({ to: "a" }) },
    { job: "SendMail", data: { to: "b" } },
    { job: Nightly },
    { job: [Reports, "build"], data: { day: "d" } },
    { job: (data: { n: number }) => data.n, data: { n: 5 } },
    { job: inline(sendDigest), data: { day: "d" } },
  ]);
  await Queue.pushMany(
    "mail",
    ["a", "b"].map((to) => ({ job: SendMail, data: { to } })),
  );
}

/** Never called: each of these lines must be a type error. */
export async function wrong(): Promise<void> {
  // @ts-expect-error data of another type
  await Queue.push("mail", SendMail, { to: 1 });
  // @ts-expect-error data of another name
  await Queue.push("mail", SendMail, { whom: "a" });
  // @ts-expect-error no data where the handler wants some
  await Queue.push("mail", SendMail);
  // @ts-expect-error options in place of the data
  await Queue.push("mail", SendMail, { delay: 10 });
  // @ts-expect-error options behind a delay
  await Queue.push("mail", SendMail, 10, { retries: 0 });
  // @ts-expect-error an option that is none
  await Queue.push("mail", SendMail, { to: "a" }, { retires: 1 });
  // @ts-expect-error a priority that is none
  await Queue.push("mail", SendMail, { to: "a" }, { priority: "urgent" });
  // @ts-expect-error data where the job wants none
  await Queue.push("mail", Nightly, { to: "a" });
  // @ts-expect-error data beside an instance
  await Queue.push("mail", new SendMail({ to: "a" }), { to: "b" });
  // @ts-expect-error data of another type for a function
  await Queue.push("mail", sendDigest, { day: 1 });
  // @ts-expect-error no data where the function wants some
  await Queue.push("mail", sendDigest);
  // @ts-expect-error a delay in place of the data that the function wants
  await Queue.push("mail", sendDigest, 10);
  // @ts-expect-error data of another type for an anonymous function
  await Queue.push("mail", (data: { n: number }) => data.n, { n: "5" });
  // @ts-expect-error data that an anonymous function does not get
  await Queue.push("mail", (data) => data.m, { n: 5 });
  // @ts-expect-error data of another type for a function that is sent as source
  await Queue.push("mail", inline(sendDigest), { day: 1 });
  // @ts-expect-error a static method that is none
  await Queue.push("mail", [Reports, "biuld"], { day: "d" });
  // @ts-expect-error a static field that is no method
  await Queue.push("mail", [Reports, "format"], { day: "d" });
  // @ts-expect-error data of another type for a static method
  await Queue.push("mail", [Reports, "build"], { day: 1 });
  // @ts-expect-error a class that is no job
  await Queue.push("mail", Reports);
  // @ts-expect-error data that is no object
  await Queue.push("mail", "SendMail", "a@example.com");
  // @ts-expect-error data of another type in an item
  await Queue.pushMany("mail", [{ job: SendMail, data: { to: 1 } }]);
  // @ts-expect-error an item without the data that its handler wants
  await Queue.pushMany("mail", [{ job: SendMail }]);
  // @ts-expect-error an option that is none, in an item
  await Queue.pushMany("mail", [{ job: SendMail, data: { to: "a" }, retires: 1 }]);
}

test("the compiler knows what data a job wants", () => {
  expect([right, wrong].map((each) => typeof each)).toEqual(["function", "function"]);
});
