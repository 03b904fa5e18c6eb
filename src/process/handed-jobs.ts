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
  return { say: "run", slots, words, ids, ends, envelopes, records };
}

/** Reads what {@link packJobs} wrote. */
export function unpackJobs(message: HandedJobs): HandedJob[] {
  const words = message.words.split(" ");
  const ids = message.ids.split(" ");
  const ends = message.ends.split(" ");
  const records = new Map(message.records);
  let start = 0;
  return message.slots.split(" ").map((slot, place) => {
    const end = Number(ends[place]);
    const envelope = message.envelopes.slice(start, end);
    start = end;
    return {
      slot: Number(slot),
      word: Number(words[place]),
      id: ids[place] ?? "",
      envelope,
      record: records.get(place),
    };
  });
}
