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

/** What stands in the first line, as JSON: of each job its slot, its word, its id and the length of its envelope; and the records. */
type Head = [
  slots: number[],
  words: number[],
  ids: JobId[],
  lengths: number[],
  records: [place: number, record: JobRecord][],
];

/** Writes jobs as one message: a line that says what they are, and behind it the envelopes as they are. */
export function packJobs(jobs: readonly HandedJob[]): HandedJobs {
  const head: Head = [[], [], [], [], []];
  const [slots, words, ids, lengths, records] = head;
  let envelopes = "";
  for (const { slot, word, id, envelope, record } of jobs) {
    if (record !== undefined) records.push([slots.length, record]);
    slots.push(slot);
    words.push(word);
    ids.push(id);
    lengths.push(envelope.length);
    envelopes += envelope;
  }
  return `${JSON.stringify(head)}\n${envelopes}`;
}

/** Reads what {@link packJobs} wrote. */
export function unpackJobs(message: HandedJobs): HandedJob[] {
  const headEnds = message.indexOf("\n");
  const [slots, words, ids, lengths, records] = JSON.parse(message.slice(0, headEnds)) as Head;
  const recordOf = new Map(records);
  let start = headEnds + 1;
  return slots.map((slot, place) => {
    const end = start + (lengths[place] ?? 0);
    const envelope = message.slice(start, end);
    start = end;
    return { slot, word: words[place] ?? 0, id: ids[place] ?? "", envelope, record: recordOf.get(place) };
  });
}
