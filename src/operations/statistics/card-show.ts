import { mkdirSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { formatTime } from "../../domain/time.ts";
import { writeWhole } from "../../platform/write-whole.ts";
import { defineOperation } from "../define.ts";
import { cardPath } from "./card-path.ts";
import { cardSize, renderCard } from "./card.ts";
import { computeStatistics } from "./compute.ts";
import { drawPng } from "./draw-png.ts";
import { questionOf, spanFields, type SpanInput } from "./question.ts";

interface Input extends SpanInput {
  format: "svg" | "png";
  output_path?: string;
}

export interface Output {
  path: string;
  bytes: number;
  width: number;
  height: number;
  stats_window: { start: string | null; end: string; label: string; spec: string };
  generated_at: string;
}

export const cardShow = defineOperation<Input, Output>()({
  name: "stats.card",
  toolset: "stats",
  summary: "Draw a picture of the statistics, to show around",
  effect: "write",
  wantsEnvironment: true,
  fromStore: true,
  schemas: (z) => ({
    input: z.strictObject({
      ...spanFields(z),
      format: z
        .enum(["svg", "png"])
        .default("svg")
        .describe("png needs a renderer on this machine"),
      output_path: z
        .string()
        .min(1)
        .optional()
        .describe("File to write, in the working folder or in cards/ of the home; .svg or .png"),
    }),
    output: z.looseObject({
      path: z.string(),
      bytes: z.number(),
      width: z.number(),
      height: z.number(),
    }),
  }),
  errors: [
    "invalid_input",
    "invalid_config",
    "provider_not_found",
    "provider_required",
    "renderer_missing",
    "card_failed",
  ],
  mcp: {
    tool: "get_stats_card",
    title: "Draw a card of statistics",
    description:
      "Write a 1200x630 picture of the statistics and tell its path. Writes one file, in the working " +
      "folder or in agentpool's home. For the figures themselves use get_stats.",
    presets: { scope: "mine" },
    idempotent: true,
    openWorld: false,
  },
  run: async (ctx, input) => {
    const { home, now } = ctx.app;
    const name = `stats-${formatTime(now()).replace(/\D/g, "").slice(0, 14)}.${input.format}`;
    const path = cardPath(input.output_path ?? join(home.cards, name), {
      cwd: ctx.cwd,
      cards: home.cards,
    });
    const statistics = await computeStatistics(ctx.app, await questionOf(ctx, input));
    const svg = Buffer.from(renderCard(statistics), "utf8");
    const isPng = input.format === "png" || extname(path).toLowerCase() === ".png";
    const bytes = isPng
      ? await drawPng(svg, cardSize, {
          path: ctx.env["PATH"] ?? process.env["PATH"] ?? "",
          signal: ctx.signal,
        })
      : svg;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeWhole(path, bytes);
    return {
      path,
      bytes: bytes.length,
      ...cardSize,
      stats_window: statistics.window,
      generated_at: statistics.generated_at,
    };
  },
});
