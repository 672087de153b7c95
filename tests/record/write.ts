/** Writes a take as a recording of the corpus; what is of this machine alone is replaced. */
import { mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { gzipSync } from "node:zlib";
import type { Claim } from "../../src/domain/observation.ts";
import { labels, type Label, type Labelled } from "./label.ts";
import type { Shown, Take, Written } from "./take.ts";

export interface About {
  readonly provider: string;
  readonly version: string;
  readonly scenario: string;
  readonly cols: number;
  readonly rows: number;
}

/** A label must hold so long before a frame and after it: channel and screen are never at once. */
const steadyBeforeMs = 700;
const steadyAfterMs = 350;
const stillBeforeMs = 300;
/** A log may be read so much later than a dialog is drawn. */
const drawnAheadMs = 200;
/** The end of work stands on the screen before a busy machine has read it in a log. */
const workSteadyAfterMs = 1_000;
/** Some agents count down to the end of a limit, so that their screen never stands still. */
const countingAfterMs = 1_500;
const framesOfLabel = 6;

/** They move no state, and fill most of a log. */
const unneeded = new Set(["message", "usage", "quota"]);

export interface Recorded {
  readonly file: string;
  readonly frames: Readonly<Record<string, number>>;
  readonly bytes: number;
}

export function writeRecording(folder: string, about: About, take: Take): Recorded {
  const { provider, version, scenario, cols, rows } = about;
  const marks = labels(take.told, take.acts);
  const seconds = (at: number): number => Math.max(0, at - take.startedAt) / 1000;
  const neutral = neutralizer();
  const bytes = Buffer.from(neutral(take.bytes.toString("latin1")), "latin1");
  const decoder = new StringDecoder("utf8");
  let from = 0;
  const events: (readonly [number, string, unknown])[] = [
    ...take.written.map(({ at, offset }) => {
      const text = decoder.write(bytes.subarray(from, offset));
      from = offset;
      return [seconds(at), "o", text] as const;
    }),
    ...marks.map(({ at, label }) => [seconds(at), "m", label ?? "?"] as const),
    ...take.told
      .filter(({ claim }) => !unneeded.has(claim.kind))
      .map(
        ({ at, source, claim }) =>
          [
            seconds(at),
            "s",
            JSON.parse(
              neutral(JSON.stringify({ source, claim: fromBeginning(claim, take.startedAt) })),
            ),
          ] as const,
      ),
  ];
  const chosen = choose(take, marks);
  const frames = chosen.map(
    ({ shown, label }) =>
      [
        seconds(shown.at),
        "f",
        {
          label,
          title: neutral(shown.title),
          lines: shown.lines.map((line) =>
            Buffer.from(neutral(Buffer.from(line).toString("latin1")), "latin1").toString(),
          ),
        },
      ] as const,
  );
  const all = [...events, ...frames].toSorted(([a], [b]) => a - b);
  const header = {
    version: 2,
    width: cols,
    height: rows,
    provider,
    agent_version: version,
    date: new Date(take.startedAt).toISOString().slice(0, 10),
    scenario,
  };
  const text = [header, ...all].map((line) => JSON.stringify(line)).join("\n");
  const file = join(folder, `${scenario}-${cols}x${rows}.cast.gz`);
  mkdirSync(folder, { recursive: true });
  const packed = gzipSync(`${text}\n`, { level: 9 });
  // the name of the machine's system would make the same recording differ
  packed[9] = 255;
  writeFileSync(file, packed);
  const count: Record<string, number> = {};
  for (const { label } of chosen) count[label] = (count[label] ?? 0) + 1;
  return { file, frames: count, bytes: packed.length };
}

interface Chosen {
  readonly shown: Shown;
  readonly label: Exclude<Label, null>;
}

/** A screen stands until something more is written; it is taken once its label is steady. */
function choose(take: Take, marks: readonly Labelled[]): Chosen[] {
  const drawn = drawnOf(take);
  const seen = new Set<string>();
  const byLabel = new Map<string, Chosen[]>();
  for (const shown of take.shown) {
    const next = drawn.find(({ offset }) => offset > shown.offset)?.at ?? take.endedAt;
    for (const [index, mark] of marks.entries()) {
      if (mark.label === null) continue;
      const until =
        (marks[index + 1]?.at ?? take.endedAt) -
        (mark.label === "running" ? workSteadyAfterMs : steadyAfterMs);
      const from = mark.at + steadyBeforeMs;
      // what is told may be drawn a good while later: of a state that stands still the last screen
      // counts, of work every one
      const counts =
        mark.label === "limited" && next < until && shown.at > mark.at + countingAfterMs;
      const at = mark.label === "running" || counts ? shown.at : until;
      if (at < from || at > until || at < shown.at || at >= next) continue;
      // an agent that waits for a person has drawn its dialog, and draws nothing any more
      if (mark.label.startsWith("awaiting")) {
        const drawnAt = drawn.findLast(({ offset }) => offset <= shown.offset)?.at ?? 0;
        if (drawnAt < mark.at - drawnAheadMs || at - drawnAt < stillBeforeMs) continue;
      }
      const look = `${mark.label} ${lookOf(shown)}`;
      if (seen.has(look)) continue;
      seen.add(look);
      const all = byLabel.get(mark.label) ?? [];
      all.push({ shown: { ...shown, at }, label: mark.label });
      byLabel.set(mark.label, all);
    }
  }
  return [...byLabel.values()].flatMap((all) => {
    const step = Math.max(1, all.length / framesOfLabel);
    return all.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
  });
}

/** What was written and draws something: some hide their cursor again and again. */
function drawnOf({ written, bytes }: Take): Written[] {
  return written.filter(({ offset }, index) => {
    const text = bytes.toString("latin1", written[index - 1]?.offset ?? 0, offset);
    // oxlint-disable-next-line no-control-regex
    return !/^(?:\u001b\[\?25[lh])*$/.test(text);
  });
}

/** Words and lines, without what only moves. */
function lookOf({ lines }: Shown): string {
  // oxlint-disable-next-line no-control-regex
  return lines.join("\n").replaceAll(/\u001b\[[\d;:]*m|[^\p{L}\n]+/gu, " ");
}

/**
 * Ids, times and the machine's name become others of the same length, so that positions stay.
 */
function neutralizer(): (text: string) => string {
  const known = new Map<string, string>();
  const machine = hostname();
  return (text) =>
    text
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (id) => {
        const other =
          known.get(id) ?? `00000000-0000-4000-8000-${String(known.size + 1).padStart(12, "0")}`;
        known.set(id, other);
        return other;
      })
      .replaceAll(`]0;${machine}\u0007`, `]0;${"h".repeat(machine.length)}\u0007`)
      .replaceAll(/ap_[0-9a-f]{12}/g, "ap_000000000001")
      .replaceAll(/\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d/g, "2026-01-01T12:00:00")
      .replaceAll(
        // oxlint-disable-next-line no-control-regex
        /(?<![\d:.])(\d{1,2}):\d\d(?=[ \u001b]?(?:[AaPp]\.?[Mm]|[\s)\u001b"]|$))/g,
        (time) => (time.length === 5 ? "12:00" : "1:00"),
      );
}

/** Instants count from the beginning, as those of the events do. */
function fromBeginning(claim: Claim, startedAt: number): Claim {
  return claim.kind === "limit_hit" && claim.resetsAt !== null
    ? { ...claim, resetsAt: Math.max(0, claim.resetsAt - startedAt) }
    : claim;
}
