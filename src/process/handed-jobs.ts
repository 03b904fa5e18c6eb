import type { JobRecord } from "../job/attempt.ts";
import type { JobId } from "../job/id.ts";
import type { HandedJobs } from "./protocol.ts";

/** A job in a worker's hands: where it stands on the board, and what it is. */
export interface HandedJob {
  readonly slot: number;
  readonly word: number;
  readonly id: JobId;
  readonly envelope: string;
  readonly record: JobRecord | undefined;
}

/** What stands before the envelopes, a line each: slots, words, ids, where in the envelopes each one ends, and the records. */
const HEAD_LINES = 5;

/** Writes jobs as one message. Ids have no spaces. */
export function packJobs(jobs: readonly HandedJob[]): HandedJobs {
  let slots = "";
  let words = "";
  let ids = "";
  let ends = "";
  let envelopes = "";
  const records: [number, JobRecord][] = [];
  for (const [place, job] of jobs.entries()) {
    const gap = place === 0 ? "" : " ";
    envelopes += job.envelope;
    slots += gap + job.slot;
    words += gap + job.word;
    ids += gap + job.id;
    ends += gap + envelopes.length;
    if (job.record !== undefined) records.push([place, job.record]);
  }
  return [slots, words, ids, ends, JSON.stringify(records), envelopes].join("\n");
}

/** Reads what {@link packJobs} wrote. */
export function unpackJobs(message: HandedJobs): HandedJob[] {
  const [slots = "", words = "", ids = "", ends = "", records = ""] = message.split("\n", HEAD_LINES);
  const [wordOf, idOf, endOf] = [words, ids, ends].map((line) => line.split(" ")) as [string[], string[], string[]];
  const recordOf = new Map(JSON.parse(records) as [number, JobRecord][]);
  const envelopesAt = slots.length + words.length + ids.length + ends.length + records.length + HEAD_LINES;
  let start = envelopesAt;
  return slots.split(" ").map((slot, place) => {
    const end = envelopesAt + Number(endOf[place]);
    const envelope = message.slice(start, end);
    start = end;
    return {
      slot: Number(slot),
      word: Number(wordOf[place]),
      id: idOf[place] ?? "",
      envelope,
      record: recordOf.get(place),
    };
  });
}
