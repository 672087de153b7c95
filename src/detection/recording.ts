import { AgentpoolError } from "../domain/errors.ts";
import type { Claim } from "../domain/observation.ts";
import { sources, type Source } from "../domain/source.ts";
import { shownStates, type ShownState } from "../provider/judge-screen.ts";

/**
 * A pane as it was over time: what it wrote, and, in the corpus, what the agent itself told
 * meanwhile and what its screen was. On disk it is an asciicast (version 2, one JSON array a line),
 * which terminal players play, with two kinds of event more: `s` a statement, `f` a frame.
 */
export interface Recording {
  readonly provider: string;
  /** Version of the agent CLI, null when unknown. */
  readonly version: string | null;
  readonly cols: number;
  readonly rows: number;
  /** `2026-11-21` */
  readonly date: string;
  readonly scenario: string | null;
  /** By time. */
  readonly events: readonly RecordedEvent[];
}

/** `atMs` counts from the beginning. */
export type RecordedEvent = { readonly atMs: number } & (
  | { readonly kind: "output"; readonly text: string }
  | { readonly kind: "resize"; readonly cols: number; readonly rows: number }
  /** What the agent did from now on, by its own hook, log or API; null while nobody can tell. */
  | { readonly kind: "label"; readonly label: ShownState | null }
  | { readonly kind: "statement"; readonly source: Source; readonly claim: Claim }
  | {
      readonly kind: "frame";
      readonly label: ShownState;
      readonly title: string;
      readonly lines: readonly string[];
    }
);

/** Whether a text may be a recording; anything else is a screen. */
export function looksRecorded(text: string): boolean {
  return /^\s*\{"version": ?\d/.test(text);
}

/** @throws invalid_input naming the line that is wrong */
export function parseRecording(text: string, name: string): Recording {
  const lines = text.split("\n");
  const wrong = (index: number, why: string): AgentpoolError =>
    new AgentpoolError("invalid_input", `${name} is no recording: line ${index + 1}`, {
      why,
      hint: "Make one with: agentpool provider capture <session> --output FILE",
    });
  const header = readJson(lines[0] ?? "");
  if (!isRecord(header) || header["version"] !== 2) {
    throw wrong(0, "It begins with no asciicast header of version 2.");
  }
  const { width, height, provider, agent_version, date, scenario } = header;
  if (!isSize(width) || !isSize(height)) throw wrong(0, "Its width or height is no size.");
  const events: RecordedEvent[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === "") continue;
    const parsed = readJson(line);
    if (!Array.isArray(parsed)) throw wrong(index, "It is no event.");
    const event = readEvent(parsed);
    if (event === "wrong") throw wrong(index, "It is no event of a kind that is known.");
    if (event) events.push(event);
  }
  return {
    provider: typeof provider === "string" ? provider : "",
    version: typeof agent_version === "string" ? agent_version : null,
    cols: width,
    rows: height,
    date: typeof date === "string" ? date : "",
    scenario: typeof scenario === "string" ? scenario : null,
    events: events.toSorted((a, b) => a.atMs - b.atMs),
  };
}

export function formatRecording(recording: Recording): string {
  const { provider, version, cols, rows, date, scenario, events } = recording;
  const header = {
    version: 2,
    width: cols,
    height: rows,
    provider,
    agent_version: version,
    date,
    scenario,
  };
  const rest = events.map((event) => [event.atMs / 1000, ...valuesOf(event)]);
  return [header, ...rest].map((line) => `${JSON.stringify(line)}\n`).join("");
}

function valuesOf(event: RecordedEvent): readonly [string, unknown] {
  switch (event.kind) {
    case "output":
      return ["o", event.text];
    case "resize":
      return ["r", `${event.cols}x${event.rows}`];
    case "label":
      return ["m", event.label ?? "?"];
    case "statement":
      return ["s", { source: event.source, claim: event.claim }];
    case "frame":
      return ["f", { label: event.label, title: event.title, lines: event.lines }];
  }
}

/** Undefined for kinds of other programs, which say nothing of the pane. */
function readEvent(parts: readonly unknown[]): RecordedEvent | undefined | "wrong" {
  const [seconds, kind, value] = parts;
  if (typeof seconds !== "number" || !Number.isFinite(seconds) || seconds < 0) return "wrong";
  const atMs = Math.round(seconds * 1000);
  switch (kind) {
    case "o":
      return typeof value === "string" ? { atMs, kind: "output", text: value } : "wrong";
    case "r": {
      const size = /^(\d+)x(\d+)$/.exec(typeof value === "string" ? value : "");
      const [cols, rows] = [Number(size?.[1]), Number(size?.[2])];
      return isSize(cols) && isSize(rows) ? { atMs, kind: "resize", cols, rows } : "wrong";
    }
    case "m":
      return {
        atMs,
        kind: "label",
        label: isState(value) ? value : null,
      };
    case "s": {
      if (!isRecord(value) || !isRecord(value["claim"])) return "wrong";
      const source = sources.find((one) => one === value["source"]);
      if (source === undefined || typeof value["claim"]["kind"] !== "string") return "wrong";
      return { atMs, kind: "statement", source, claim: value["claim"] as unknown as Claim };
    }
    case "f": {
      if (!isRecord(value) || !Array.isArray(value["lines"])) return "wrong";
      const { label, title, lines } = value;
      if (!isState(label) || !lines.every((line) => typeof line === "string")) return "wrong";
      return { atMs, kind: "frame", label, title: typeof title === "string" ? title : "", lines };
    }
    default:
      return typeof kind === "string" ? undefined : "wrong";
  }
}

function isState(value: unknown): value is ShownState {
  return shownStates.some((state) => state === value);
}

function isSize(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value <= 1_000;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
