import { count, hours, money } from "./numbers.ts";
import type { Statistics } from "./shape.ts";

export const cardSize = { width: 1200, height: 630 } as const;

const sans = "Inter, 'Segoe UI', 'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif";
const colours = {
  text: "#f4f6fb",
  dim: "#8b95ad",
  line: "#273049",
  tile: "#161d31",
  accents: ["#6ee7b7", "#7dd3fc", "#fcd34d", "#f9a8d4", "#c4b5fd", "#fdba74"],
} as const;

/**
 * A picture of statistics to show around: numbers, providers and days; no task, no path and no name
 * of an account is in it.
 */
export function renderCard(output: Statistics): string {
  const { width, height } = cardSize;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${sans}">`,
    `<title>agentpool, ${escape(output.window.label)}</title>`,
    `<defs><linearGradient id="sky" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#0b1020"/><stop offset="1" stop-color="#141b34"/></linearGradient></defs>`,
    `<rect width="${width}" height="${height}" fill="url(#sky)"/>`,
    ...heading(output),
    ...tiles(output),
    ...providerBar(output),
    ...days(output),
    footer(output),
    `</svg>`,
    "",
  ].join("\n");
}

const left = 64;
const inner = cardSize.width - 2 * left;

function heading({ window }: Statistics): string[] {
  return [
    mark(left, 58),
    text("agentpool", { x: left + 56, y: 88, size: 40, weight: 700 }),
    text(window.label, { x: cardSize.width - left, y: 86, size: 28, fill: colours.dim, end: true }),
  ];
}

/** Panes side by side. */
function mark(x: number, y: number): string {
  const [a, b, c] = colours.accents;
  return (
    `<g><rect x="${x}" y="${y}" width="18" height="38" rx="4" fill="${a}"/>` +
    `<rect x="${x + 22}" y="${y}" width="18" height="17" rx="4" fill="${b}"/>` +
    `<rect x="${x + 22}" y="${y + 21}" width="18" height="17" rx="4" fill="${c}"/></g>`
  );
}

function tiles(output: Statistics): string[] {
  const { sessions, parallelism, tokens, walls } = output;
  const cost = tokens?.totals.cost;
  const all: readonly (readonly [value: string, name: string, detail: string])[] = [
    [
      sessions ? count(sessions.total) : "-",
      "sessions",
      sessions ? `${count(sessions.turns)} turns` : "",
    ],
    [
      parallelism ? hours(parallelism.sum_worker_hours) : "-",
      "of agents' work",
      parallelism ? `in ${hours(parallelism.wall_clock_hours)}` : "",
    ],
    [
      parallelism?.ratio ? `${parallelism.ratio}x` : "-",
      "side by side",
      parallelism ? `${parallelism.peak_concurrent} at most` : "",
    ],
    [
      tokens ? count(tokens.totals.input + tokens.totals.output) : "-",
      "tokens",
      cost?.list_price_usd == null ? "" : `~${money(cost.list_price_usd)} at list prices`,
    ],
    [walls ? String(walls.avoided) : "-", "walls avoided", walls ? `${walls.hit} hit` : ""],
  ];
  const gap = 16;
  const width = (inner - gap * (all.length - 1)) / all.length;
  return all.flatMap(([value, name, detail], at) => {
    const x = left + at * (width + gap);
    const room = width - 44;
    return [
      `<rect x="${x}" y="136" width="${width}" height="176" rx="16" fill="${colours.tile}" stroke="${colours.line}"/>`,
      `<rect x="${x + 22}" y="156" width="28" height="5" rx="2.5" fill="${colours.accents[at] ?? colours.dim}"/>`,
      text(value, { x: x + 22, y: 220, size: fitting(value, 46, room / 1.2), weight: 700 }),
      text(name, { x: x + 22, y: 254, size: fitting(name, 20, room) }),
      text(detail, { x: x + 22, y: 284, size: fitting(detail, 17, room), fill: colours.dim }),
    ];
  });
}

/** The size at which a text fits, as wide as letters of common fonts are at most. */
function fitting(content: string, size: number, room: number): number {
  return Math.min(size, Math.floor((room / Math.max(1, content.length * 0.53)) * 10) / 10);
}

/** Who did the work: a share of the line for each provider. */
function providerBar({ sessions }: Statistics): string[] {
  const counts = Object.entries(sessions?.by_provider ?? {}).toSorted(([, a], [, b]) => b - a);
  const total = counts.reduce((sum, [, number]) => sum + number, 0);
  if (total === 0) return [];
  const shown = counts.slice(0, 5);
  const rest = counts.slice(5).reduce((sum, [, number]) => sum + number, 0);
  const parts = rest > 0 ? [...shown, ["others", rest] as const] : shown;
  let x = left;
  let legend = left;
  return [
    `<clipPath id="bar"><rect x="${left}" y="340" width="${inner}" height="18" rx="9"/></clipPath>`,
    ...parts.flatMap(([name, number], at) => {
      const width = (inner * number) / total;
      const fill = colours.accents[at] ?? colours.dim;
      const label = `${name} ${number}`;
      const drawn = [
        `<rect clip-path="url(#bar)" x="${fixed(x)}" y="340" width="${fixed(width)}" height="18" fill="${fill}"/>`,
        `<circle cx="${legend + 6}" cy="383" r="6" fill="${fill}"/>`,
        text(label, { x: legend + 20, y: 389, size: 18, fill: colours.dim }),
      ];
      x += width;
      legend += 48 + label.length * 10.6;
      return drawn;
    }),
  ];
}

const daysShown = 42;

/** Tokens of the last days of the window. */
function days({ tokens }: Statistics): string[] {
  const all = withGaps(tokens?.by_day ?? []).slice(-daysShown);
  const most = Math.max(0, ...all.map(({ tokens: spent }) => spent));
  if (most === 0) return [];
  const [top, bottom] = [420, 560];
  const step = inner / Math.max(all.length, 14);
  return [
    `<line x1="${left}" y1="${bottom + 1}" x2="${left + inner}" y2="${bottom + 1}" stroke="${colours.line}" stroke-width="2"/>`,
    ...all.map(({ tokens: spent }, at) => {
      const height = Math.max(spent > 0 ? 3 : 0, ((bottom - top) * spent) / most);
      return `<rect x="${fixed(left + at * step + step * 0.12)}" y="${fixed(bottom - height)}" width="${fixed(step * 0.76)}" height="${fixed(height)}" rx="3" fill="${colours.accents[1]}" fill-opacity="0.85"/>`;
    }),
    text(`tokens by day, ${count(most)} on the busiest`, {
      x: left + inner,
      y: top - 6,
      size: 16,
      fill: colours.dim,
      end: true,
    }),
  ];
}

/** Days on which nothing happened belong to the picture. */
function withGaps(
  days: readonly { readonly day: string; readonly input: number; readonly output: number }[],
): { readonly tokens: number }[] {
  const spent = new Map(days.map(({ day, input, output }) => [day, input + output]));
  const [first, last] = [days[0]?.day, days.at(-1)?.day];
  if (first === undefined || last === undefined) return [];
  const dayMs = 86_400_000;
  const all: { tokens: number }[] = [];
  for (let at = Date.parse(first); at <= Date.parse(last); at += dayMs) {
    all.push({ tokens: spent.get(new Date(at).toISOString().slice(0, 10)) ?? 0 });
  }
  return all;
}

function footer({ generated_at: at, utilization }: Statistics): string {
  const share = utilization?.subscription_utilization;
  const used = share == null ? "" : `subscriptions used to ${share} %, `;
  return text(`${used}${at.slice(0, 10)}, costs are estimates`, {
    x: left,
    y: 600,
    size: 16,
    fill: colours.dim,
  });
}

function text(
  content: string,
  {
    x,
    y,
    size,
    weight = 400,
    fill = colours.text,
    end = false,
  }: {
    readonly x: number;
    readonly y: number;
    readonly size: number;
    readonly weight?: number;
    readonly fill?: string;
    readonly end?: boolean;
  },
): string {
  if (content === "") return "";
  const anchor = end ? ` text-anchor="end"` : "";
  return `<text x="${fixed(x)}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${fill}"${anchor}>${escape(content)}</text>`;
}

function fixed(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escape(content: string): string {
  return (
    content
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      // oxlint-disable-next-line no-control-regex
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
  );
}
