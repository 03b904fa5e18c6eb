import type { Figure, Results } from "./results.ts";
import { summaryOf } from "./statistics.ts";

/** Figures that are drawn, each as a group of bars, and what stands above it. */
const DRAWN: readonly { readonly what: string; readonly title: string }[] = [
  { what: "no-op jobs, full queue", title: "No-op jobs a second (more is better)" },
  { what: "push to handler, p50", title: "Push to handler, idle workers, median in ms (less is better)" },
];

const WIDTH = 760;
const ROW = 22;
const BAR = 14;
const TITLE = 34;
const NAMES = 210;
const VALUES = 80;
const MARGIN = 8;

/** Mid-tones, which can be read on white and on black. */
const TEXT = "#6e7781";
const OWN = "#2f81f7";
const PEER = "#8b949e";

/** The picture for the README: horizontal bars of mpq and its peers, in SVG. */
export function picture(results: Results): string {
  let y = MARGIN;
  const groups = DRAWN.map(({ what, title }) => {
    const figures = results.figures.filter((figure) => figure.what === what);
    const drawn = bars(title, figures, y);
    y += figures.length === 0 ? 0 : TITLE + figures.length * ROW;
    return drawn;
  });
  const [height, end] = [y + TITLE, y + TITLE - MARGIN - 4];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="${TEXT}">
${groups.join("")}<text x="${MARGIN}" y="${end}" font-size="11">${escape(captionOf(results))}</text>
</svg>
`;
}

function captionOf({ machine, plan, startedAt }: Results): string {
  const day = startedAt.slice(0, "yyyy-mm-dd".length);
  const words = `${machine.cores} cores (${machine.cpu}), shared with the store; ${day}; medians of ${plan.rounds}`;
  return plan.quick ? `${words}; a quick run, which means little` : words;
}

/** One group, the best first. */
function bars(title: string, figures: readonly Figure[], top: number): string {
  const [first] = figures;
  if (first === undefined) return "";
  const rows = figures
    .map(({ system, product, values }) => ({ system, product, value: summaryOf(values).median }))
    .toSorted((a, b) => (first.better === "more" ? b.value - a.value : a.value - b.value));
  const longest = Math.max(...rows.map(({ value }) => value));
  const scale = (WIDTH - NAMES - VALUES - 2 * MARGIN) / longest;
  const lines = rows.map(({ system, product, value }, index) => {
    const y = top + TITLE + index * ROW;
    const width = Math.max(1, value * scale).toFixed(1);
    const text = y + BAR - 3;
    const end = (NAMES + MARGIN + value * scale + 6).toFixed(1);
    return [
      `<text x="${NAMES}" y="${text}" text-anchor="end">${escape(system)}</text>`,
      `<rect x="${NAMES + MARGIN}" y="${y}" width="${width}" height="${BAR}" rx="2" fill="${product === "mpq" ? OWN : PEER}"/>`,
      `<text x="${end}" y="${text}">${shown(value)}</text>\n`,
    ].join("");
  });
  return `<text x="${MARGIN}" y="${top + 20}" font-weight="600">${escape(title)}</text>\n${lines.join("")}`;
}

function shown(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(2);
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
