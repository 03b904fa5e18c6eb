import { type Outcome, outcomesOf } from "./goals.ts";
import { ratiosOf } from "./ratios.ts";
import type { Figure, Results } from "./results.ts";
import { summaryOf } from "./statistics.ts";

/** The report in Markdown: goals first, then ratios, where the CPU time goes, every figure, and what is missing. */
export function report(results: Results): string {
  const { machine, plan } = results;
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const figures = results.figures.filter(({ role }) => role === undefined);
  const whats = [...new Set(figures.map((figure) => figure.what))];
  const groups = whats.map((what) => figures.filter((figure) => figure.what === what));
  return [
    "# Benchmark",
    `${results.startedAt}, ${machine.cores} cores (${machine.cpu}), ${machine.memoryMb} MB, ${machine.kernel}`,
    `${versions.join(", ")}; ${plan.jobs} jobs, rounds: ${plan.rounds}`,
    plan.quick ? "**A quick run, small and short: it shows that everything works. Its figures mean little.**" : "",
    section("## Goals", table(["Goal", "Value", "Measured", "Met"], outcomesOf(results).map(goalRow))),
    section("## mpq ÷ peer, median (min – max)", groups.flatMap(ratios)),
    section("## CPU time of one no-op job, µs", cpuTable(results.figures)),
    section("## Figures", table(["What", "System", "Unit", "Median", "Min – max"], groups.flat().map(figureRow))),
    section(
      "## Not measured",
      results.gaps.map(({ measure, system, reason }) => `- ${measure}, ${system}: ${reason}`),
    ),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function goalRow({ goal, wanted, measured, met }: Outcome): string[] {
  if (measured === undefined) return [goal, wanted, "not measured", ""];
  const { value, unit, system } = measured;
  return [goal, wanted, `${number(value)} ${unit} (${system})`, met ? "yes" : "**no**"];
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

function ratio(mine: Figure, peer: Figure): string {
  const values = ratiosOf(mine, [peer]);
  const { median, min, max } = summaryOf(values);
  if (!Number.isFinite(median)) return "–";
  return values.length === 1 ? `**${times(median)}**` : `**${times(median)}** (${times(min)} – ${times(max)})`;
}

/** A row for each system, a column for each kind of process, and the sum. */
function cpuTable(figures: readonly Figure[]): string[] {
  const roles = [...new Set(figures.flatMap(({ role }) => role ?? []))];
  const systems = [...new Set(figures.filter(({ role }) => role !== undefined).map(({ system }) => system))];
  const rows = systems.map((system) => {
    const used = roles.map((role) => figures.find((figure) => figure.system === system && figure.role === role));
    const medians = used.map((figure) => figure && summaryOf(figure.values).median);
    const sum = medians.reduce<number>((total, median) => total + (median ?? 0), 0);
    return [system, ...medians.map((median) => (median === undefined ? "" : number(median))), number(sum)];
  });
  return table(["System", ...roles, "all"], rows);
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
