/** Settlements in the form in which `lua/exchange.lua` wants them. */
import type { JobId } from "../../job/id.ts";
import type { Settlement } from "../driver.ts";

/** Most jobs that the script settles as a whole. */
const BATCH = 1_000;

/** Settlements as the script wants them: ids and tokens of what is done, and the fields of all the others. */
export interface Sorted {
  readonly ranked: Done;
  readonly streamed: Done;
  readonly others: OtherSettlement[];
  /** Those that another taker's token came with. */
  readonly foreign: JobId[];
}

type Done = readonly [ids: JobId[], tokens: string[]];
type OtherSettlement = readonly [kind: string, id: JobId, token: string, delayMs: number, record: string];

/**
 * Sorts settlements by how their jobs were taken. The tokens of a taker's entries end with its mark; those of another taker
 * are not its to settle.
 */
export function sorted(settlements: readonly Settlement[], mark: string): Sorted {
  const all: Sorted = { ranked: [[], []], streamed: [[], []], others: [], foreign: [] };
  for (const settlement of settlements) {
    const isEntry = settlement.token.includes(" ");
    if (isEntry && !settlement.token.endsWith(mark)) all.foreign.push(settlement.id);
    else addTo(all, settlement, isEntry ? settlement.token.slice(0, -mark.length) : undefined);
  }
  return all;
}

/** What the script is told of them. */
export function settlementArgs({ ranked, streamed, others }: Sorted): Record<"ranked" | "streamed" | "others", string> {
  return {
    ranked: inBatches(ranked, (ids, tokens) => [ids, linesIn(tokens)]),
    streamed: inBatches(streamed, (ids, tokens) => [ids, linesIn(tokens), entriesByClass(tokens)]),
    others: JSON.stringify(others),
  };
}

function addTo({ ranked, streamed, others }: Sorted, settlement: Settlement, entry: string | undefined): void {
  const { kind, id } = settlement;
  const token = entry ?? settlement.token;
  if (kind === "done") {
    const [ids, tokens] = entry === undefined ? ranked : streamed;
    ids.push(id);
    tokens.push(token);
    return;
  }
  const delayMs = kind === "retry" ? Math.max(0, Math.ceil(settlement.delayMs)) : 0;
  const record = kind === "release" ? "" : JSON.stringify(settlement.record);
  others.push([kind, id, token, delayMs, record]);
}

function inBatches([ids, tokens]: Done, batchOf: (ids: JobId[], tokens: string[]) => unknown): string {
  const batches: unknown[] = [];
  for (let at = 0; at < ids.length; at += BATCH) {
    batches.push(batchOf(ids.slice(at, at + BATCH), tokens.slice(at, at + BATCH)));
  }
  return JSON.stringify(batches);
}

/** The entries that tokens name, "<class> <entry>" each, for each class. */
function entriesByClass(tokens: readonly string[]): readonly string[][] {
  const parts: string[][] = [[], [], [], []];
  for (const token of tokens) parts[Number(token[0])]?.push(token.slice(2));
  return parts;
}

function linesIn(list: readonly string[]): string {
  return list.join("\n");
}
