import { MpqError } from "../errors.ts";
import { inertJson, inertLines } from "../telemetry/inert.ts";
import { CONFIG_ARG, JSON_ARG, QUEUE_ARG, type Command, command } from "./command.ts";
import { print, printJson } from "./output.ts";
import { type ShownAttempt, type ShownError, type ShownJob, shownJobOf } from "./stored-job.ts";
import { withQueue } from "./with-store.ts";

export const queueShow: Command = command({
  name: "queue:show",
  description: "Shows everything that is known of one job",
  args: {
    id: { type: "positional", required: true, description: "The job's id" },
    ...CONFIG_ARG,
    ...QUEUE_ARG,
    ...JSON_ARG,
  },
  async run(args) {
    const { id, queue } = args;
    const stored = await withQueue(args, ({ store }) => store.get(queue, id));
    if (stored === undefined) {
      const name = JSON.stringify(id);
      throw new MpqError(
        "JOB_UNKNOWN",
        `${queue} has no job ${name}; one that ended well is counted, and kept only as its queue's keepDone says`,
      );
    }
    const job = shownJobOf(queue, stored);
    if (args.json === true) return printJson(job);
    print(inertLines(textOf(job)));
  },
});

function textOf(job: ShownJob): string {
  const facts = factsOf(job).filter(([, value]) => value !== null);
  const width = Math.max(...facts.map(([name]) => name.length));
  return [
    ...facts.map(([name, value]) => `${name.padEnd(width)}  ${oneLine(String(value))}`),
    ...(job.data === null ? [] : ["", "Data", indented(inertJson(JSON.stringify(job.data, undefined, 2)))]),
    ...job.attempts.flatMap((attempt, index) => ["", ...attemptLines(attempt, index + 1)]),
    ...(job.callbackError === null ? [] : ["", "Its failure callback failed", errorText(job.callbackError)]),
  ].join("\n");
}

function factsOf(job: ShownJob): readonly (readonly [name: string, value: string | number | null])[] {
  const { policy } = job;
  return [
    ["Id", job.id],
    ["Queue", job.queue],
    ["Name", job.name],
    ["Problem", job.problem],
    ["State", job.phase === "failing" && job.state === "active" ? "active (its failure callback runs)" : job.state],
    ["Due in", job.dueIn === null ? null : `${job.dueIn} s`],
    ["Done at", job.doneAt],
    ["Failed at", job.failedAt],
    ["Failed by", job.type],
    ["Timeout", policy && (policy.timeout === 0 ? "none" : `${policy.timeout} s`)],
    ["Retries", policy && `${policy.retries}${policy.retryOnTimeout ? ", also after a timeout" : ""}`],
    [
      "Retry delay",
      policy && (typeof policy.retryDelay === "number" ? `${policy.retryDelay} s` : JSON.stringify(policy.retryDelay)),
    ],
    ["Attempts", job.attempts.length],
  ];
}

function attemptLines(attempt: ShownAttempt, number: number): string[] {
  const { outcome, startedAt, seconds, worker } = attempt;
  const known = [
    seconds === null ? "" : ` after ${seconds} s`,
    startedAt === null ? "" : `, started at ${startedAt}`,
    worker === null ? "" : ` on ${worker}`,
  ];
  return [oneLine(`Attempt ${number}: ${outcome}${known.join("")}`), errorText(attempt.error)];
}

/** The stack begins with the name and the message, where there is one. */
function errorText({ name, message, stack }: ShownError): string {
  return indented(stack ?? `${name}: ${message}`);
}

/** Set in, so that no text of a job can look like a line of this page. */
function indented(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}

function oneLine(text: string): string {
  return text.replaceAll("\n", "\\n");
}
