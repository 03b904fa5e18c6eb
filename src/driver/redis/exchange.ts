/** The hot path: makes the arguments of `lua/exchange.lua`, and turns its reply into jobs. */
import { createHash } from "node:crypto";
import { readRecord } from "../../job/record.ts";
import { type Exchange, type ExchangeReply, type Settlement, CALL_MAX, type TakenJob, type Taker } from "../driver.ts";
import type { Invocation } from "./connection.ts";
import { NOTHING_HEARD, type Rung } from "./bell.ts";
import { type Sorted, settlementArgs, sorted } from "./settlements.ts";
import type { Delivered } from "./stream-reader.ts";
import type { ExchangeArg, ExchangeResult } from "./scripts.ts";

/** The name of a taker in the store. Neither part has a space. */
export function nameOf({ owner, worker }: Taker): string {
  return worker === undefined ? owner : `${owner} ${worker}`;
}

/** Tells takers apart, whatever the length of their names. */
function markOf(name: string): string {
  return ` ${createHash("sha1").update(name).digest("base64url").slice(0, 8)}`;
}

/**
 * A taker that waits on streams is given what another makes ready. So it comes for a delayed job later than one who waits by
 * the bell, the sweeper: in case that nobody did.
 */
const SWEEPER_FIRST_MS = 20;

/** What the driver knows of one taker between its exchanges, so that a lost reply loses nothing. */
export class TakerMemory {
  readonly #owner: string;
  readonly #name: string;
  /** Ends the tokens of what was taken as an entry of a stream: such an entry does not tell whose it is. */
  readonly #mark: string;
  /** Whether its streams wake it, in grab mode; else the bell alone does. */
  readonly #canStream: boolean;
  /** The highest number that it was told. */
  #seen = "0";
  /** The entries that it holds. */
  readonly #entries = new Set<string>();
  #isUncertain = false;
  /** Whether this process ever asked for jobs of this taker; else it settles for somebody else, whose jobs are not its. */
  #hasAsked = false;
  /** How often entries may have been delivered, and up to which of these times they were looked for. */
  #deliveries = 0;
  #lookedFor = 0;
  #looking = 0;
  /** The tokens of what was handed to it since its last exchange, and given out. */
  readonly #handed = new Set<string>();
  /** How many exchanges began that look for what was delivered, and whether one of them is unanswered. */
  #scans = 0;
  #isScanning = false;
  /** Up to where it knows what the bell told. */
  position: string = NOTHING_HEARD;
  /** Whether it waits on streams: jobs came by them at its last exchange, and were given out. */
  isStreamed = false;
  /** Ends with the exchange that was made last: those of one taker are made one after another. */
  last: Promise<unknown> = Promise.resolve();

  constructor(taker: Taker, canStream: boolean) {
    this.#canStream = canStream;
    this.#owner = taker.owner;
    this.#name = nameOf(taker);
    this.#mark = markOf(this.#name);
  }

  /** The arguments of one try. From here until `learn` it is uncertain whether it was carried out. */
  invocation(exchange: Exchange, settlements: Sorted): Invocation<ExchangeArg> {
    const uncertain = this.#isUncertain;
    const scan = (uncertain && this.#hasAsked) || this.#deliveries > this.#lookedFor;
    if (scan) this.#scans++;
    this.#isScanning = scan;
    this.#hasAsked ||= exchange.take > 0;
    this.#looking = this.#deliveries;
    this.#isUncertain = true;
    const known = [...this.#handed, ...(scan ? this.#entries : [])];
    const named = {
      owner: this.#owner,
      taker: this.#name,
      leaseMs: Math.ceil(exchange.leaseMs),
      take: exchange.take,
      offer: exchange.offer ?? 0,
      mostBytes: CALL_MAX,
      seen: this.#seen,
      uncertain: uncertain ? 1 : 0,
      scan: scan ? 1 : 0,
      byBell: this.#canStream ? 0 : 1,
      ...settlementArgs(settlements),
      known: JSON.stringify(known),
    };
    return { named };
  }

  /**
   * Takes in what the bell told: the jobs that were handed to the taker and that it may begin. Not while an exchange is
   * under way, which may return them as well, or give them back: then none, and the next exchange returns them.
   */
  receiveHanded({ handed, position }: Rung): readonly TakenJob[] {
    const told = handed.filter(({ token }) => Number(token) > Number(this.#seen) && !this.#handed.has(token));
    if (this.#isUncertain) return [];
    for (const { token } of told) this.#handed.add(token);
    if (position !== undefined) this.position = position;
    return told.map((job) => ({ ...job, interruptions: 0 }));
  }

  /** Begins a wait on the streams. The function it gives takes in what was delivered, and gives what may be begun. */
  expectDelivery(): (delivered: Delivered | undefined) => readonly TakenJob[] {
    const scans = this.#isScanning ? undefined : this.#scans;
    return (delivered) => {
      // An exchange that looked for it meanwhile may return it as well, or give it back; one under way may fill its place.
      if (delivered?.envelope === undefined || this.#isUncertain || scans !== this.#scans) {
        // One that begins later looks for it.
        this.#deliveries++;
        return [];
      }
      const { id, token, envelope } = delivered;
      this.#entries.add(token);
      return [{ id, token: token + this.#mark, envelope, interruptions: 0 }];
    };
  }

  sort(settlements: readonly Settlement[]): Sorted {
    return sorted(settlements, this.#mark);
  }

  /** Takes the reply in. */
  learn(result: ExchangeResult, { streamed, others, foreign }: Sorted): ExchangeReply {
    const [, , , , , , lost, dueUs, paused, mode, position, cut] = result;
    this.#isUncertain = false;
    this.#isScanning = false;
    this.#handed.clear();
    this.#lookedFor = this.#looking;
    this.position = position;
    this.isStreamed = this.#canStream && mode === "grab" && paused === "0";
    for (const token of streamed[1]) this.#entries.delete(token);
    for (const [kind, , token] of others) if (kind !== "failing") this.#entries.delete(token);
    return {
      taken: this.#takenOf(result),
      cut: cut === "1",
      lost: foreign.length === 0 ? lost : [...foreign, ...lost],
      nextDueMs: dueUs < 0 ? undefined : dueUs / 1_000 + (this.isStreamed ? SWEEPER_FIRST_MS : 0),
      paused: paused === "1",
    };
  }

  #takenOf([idLines, tokenLines, first, texts, records, interruptions]: ExchangeResult): readonly TakenJob[] {
    const taken: TakenJob[] = [];
    const ids = linesOf(idLines);
    const tokens = linesOf(tokenLines);
    const envelopes = texts.flatMap((text) => text.split("\n"));
    for (const [index, id] of ids.entries()) {
      const envelope = envelopes[index] ?? "";
      if (envelope === "") continue;
      const token = this.#tokenOf(tokens[index], first + index - tokens.length);
      const record = records[index];
      const job = { id, token, envelope, interruptions: Number(interruptions[index] ?? 0) };
      taken.push(typeof record === "string" ? { ...job, record: readRecord(record) } : job);
    }
    this.#seen = String(Math.max(Number(this.#seen), first + ids.length - tokens.length - 1));
    return taken;
  }

  #tokenOf(explicit: string | undefined, number: number): string {
    if (explicit === undefined) return String(number);
    if (!explicit.includes(" ")) return explicit;
    this.#entries.add(explicit);
    return explicit + this.#mark;
  }
}

function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.split("\n");
}
