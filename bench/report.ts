import type { Figure, Results } from "./results.ts";
import { summaryOf } from "./statistics.ts";

/** The report in Markdown: ratios first, then every figure, then what is missing. */
export function report(results: Results): string {
  const { machine, jobs, rounds } = results;
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const whats = [...new Set(results.figures.map((figure) => figure.what))];
  const groups = whats.map((what) => results.figures.filter((figure) => figure.what === what));
  return [
    "# Benchmark",
    `${results.startedAt}, ${machine.cores} cores (${machine.cpu}), ${machine.memoryMb} MB, ${machine.kernel}`,
    `${versions.join(", ")}; ${jobs} jobs, rounds: ${rounds}`,
    section("## mpq ÷ peer, median (min – max)", groups.flatMap(ratios)),
    section("## Figures", table(["What", "System", "Unit", "Median", "Min – max"], groups.flat().map(figureRow))),
    section(
      "## Not measured",
      results.gaps.map(({ measure, system, reason }) => `- ${measure}, ${system}: ${reason}`),
    ),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** A row for each setting of mpq, a column for each of a peer. */
function ratios(group: readonly Figure[]): string[] {
  const own = group.filter((figure) => figure.product === "mpq");
  const peers = group.filter((figure) => figure.product !== "mpq");
  const [first] = own;
  if (first === undefined || peers.length === 0) return [];
  const head = [`${first.what} (${first.better} is better)`, ...peers.map((peer) => `÷ ${peer.system}`)];
  return [
    "",
    ...table(
      head,
      own.map((mine) => [mine.system, ...peers.map((peer) => ratio(mine, peer))]),
    ),
  ];
}

/** Round by round, so that what slows the machine for a while slows both sides of a ratio. */
function ratio(mine: Figure, peer: Figure): string {
  const rounds = Math.min(mine.values.length, peer.values.length);
  const values = mine.values.slice(0, rounds).map((value, round) => value / (peer.values[round] ?? Number.NaN));
  const { median, min, max } = summaryOf(values);
  if (!Number.isFinite(median)) return "–";
  return rounds === 1 ? `**${times(median)}**` : `**${times(median)}** (${times(min)} – ${times(max)})`;
}

function figureRow({ what, system, unit, values }: Figure): string[] {
  const { median, min, max } = summaryOf(values);
  return [what, system, unit, number(median), values.length === 1 ? "" : `${number(min)} – ${number(max)}`];
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${title}\n\n${lines.join("\n").trim()}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
}

/** Whole from a hundred up, else three digits that count. */
function number(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

function times(value: number): string {
  return `${number(value)}×`;
}
