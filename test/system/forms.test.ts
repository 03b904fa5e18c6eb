import { afterAll, afterEach, expect, test } from "bun:test";
import { openEnvelope } from "../../src/job/envelope.ts";
import { compile } from "../support/compile.ts";
import { Stores } from "../support/stores.ts";
import { until } from "../support/until.ts";

const stores = new Stores();
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

const MAILER = `export const mailer = {
  async send(to: string, { signal }: { signal: AbortSignal }) { console.log("mail", to, signal.aborted); },
};
`;

const CLASS = `import { Job, type JobInfo } from "multi-process-queue";
import { mailer } from "../mailer.ts";

export class SendMail extends Job<{ to: string }> {
  static override timeout = 10;
  static override retries = 4;
  static override retryDelay = 3;

  async handle() { await mailer.send(this.data.to, { signal: this.signal }); }

  /** Return false to let the queue's onFailed run as well. */
  override async onFailed(job: JobInfo, error: Error) { return true; }
}
`;

const OTHERS = `export function sendDigest(data: { day: string }) { console.log("digest", data.day); }
export class Reports { static build(data: { year: number }) { console.log("report", data.year); } }
`;

/** Every form that a push may have, as users are told. */
const PUSH = `import { Queue } from "multi-process-queue";
import { Reports, sendDigest } from "./jobs/others.ts";
import { SendMail } from "./jobs/send-mail.ts";

await Queue.push("mail", SendMail, { to: "a@example.com" });
await Queue.push("mail", new SendMail({ to: "a@example.com" }), 10);   // instance; delay in seconds
await Queue.push("mail", "SendMail", { to: "a@example.com" }, { delay: 1.5, retries: 0 });  // by name: the pusher needs no code
await Queue.push("mail", sendDigest, { day: "2026-01-01" }, 10);
await Queue.push("mail", (data, job) => console.log(data.n), { n: 5 });   // an anonymous function: its source travels
await Queue.push("mail", SendMail, 10);                                // no data; a number is always the delay
await Queue.push("mail", [Reports, "build"], { year: 2026 });
await Queue.push("mail", "Reports.build", { year: 2027 });
await Queue.pushMany("mail", [{ job: SendMail, data: { to: "b@example.com" } }, { job: sendDigest, data: { day: "today" } }]);
await Queue.close();
`;

test("every form of a push compiles in a strict project, and what it pushes is done when it is due", async () => {
  const project = await stores.project("sqlite");
  project.configure({ mail: { workers: 1 } });
  project.installPackage();
  const files = { "mailer.ts": MAILER, "jobs/send-mail.ts": CLASS, "jobs/others.ts": OTHERS, "push.ts": PUSH };
  for (const [path, text] of Object.entries(files)) project.write(path, text);
  expect(await compile(project.folder)).toBe("");

  const push = Bun.spawn([process.execPath, "push.ts"], { cwd: project.folder, env: project.env, stderr: "inherit" });
  expect(await push.exited).toBe(0);
  const { jobs } = await (await project.store()).list("mail", "delayed", 10);
  expect(jobs.map(({ envelope }) => openEnvelope(envelope).data)).toEqual([
    { to: "a@example.com" },
    { to: "a@example.com" },
    { day: "2026-01-01" },
    undefined,
  ]);
  for (const [index, longest] of [1_500, 10_000, 10_000, 10_000].entries()) {
    expect(jobs[index]?.dueInMs).toBeWithin(Math.max(0, longest - 5_000), longest + 1);
  }

  const service = await project.start();
  await until("what is due is done", async () => (await project.counts("mail")).done === 7);
  expect(await service.stop()).toBe(0);
  expect((await service.printed()).toSorted()).toEqual([
    "5",
    "digest today",
    "mail a@example.com false",
    "mail a@example.com false",
    "mail b@example.com false",
    "report 2026",
    "report 2027",
  ]);
});
