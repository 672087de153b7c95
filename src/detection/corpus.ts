import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { shownStates, type ShownState } from "../provider/judge-screen.ts";
import type { Screen } from "../provider/read-screen.ts";
import { parseRecording, type Recording } from "./recording.ts";
import { captureText, readCapture, readSavedScreen } from "./screen-file.ts";

export type Split = "train" | "held_out";

/** A screen of which it is known what the agent did. */
export interface LabelledFrame {
  /** `idle/fresh-100`, or the recording and the time in it. */
  readonly name: string;
  readonly split: Split;
  readonly label: ShownState;
  readonly screen: Screen;
  readonly version: string | null;
}

export interface CorpusRecording {
  readonly name: string;
  readonly split: Split;
  readonly recording: Recording;
}

/** What was captured of one agent CLI: single screens with their labels, and recordings. */
export interface Corpus {
  readonly frames: readonly LabelledFrame[];
  readonly recordings: readonly CorpusRecording[];
}

/** What folders of single screens show that are not named by a state. */
const labelOfFolder: Readonly<Record<string, ShownState>> = {
  error: "idle",
  interrupted: "idle",
  startup: "awaiting_approval",
  hold: "unknown",
};

/**
 * Reads `screens/<label>/*.txt` and `recordings/*.cast.gz` in a provider's folder; both may be
 * absent. Single screens were chosen while the rules were written, so that none is held out.
 */
export function readCorpus(folder: string): Corpus {
  const recordings = readRecordings(join(folder, "recordings"));
  return {
    frames: [...singleScreens(join(folder, "screens")), ...recordings.flatMap(framesOf)],
    recordings,
  };
}

/**
 * A third is held out, chosen by the name alone: by the first four bytes of its SHA-256. The sizes of one
 * scenario fall on both sides.
 */
export function splitOf(name: string): Split {
  const number = createHash("sha256").update(name).digest().readUInt32BE();
  return number % 3 === 0 ? "held_out" : "train";
}

/** A recording by itself, as `provider capture` makes it. */
export function readRecordingFile(path: string): CorpusRecording {
  const name = basename(path).replace(/\.cast(?:\.gz)?$/, "");
  const text = captureText(readCapture(path), path);
  return { name, split: "train", recording: parseRecording(text, path) };
}

/** The labelled screens in a recording. */
export function framesOf({ name, split, recording }: CorpusRecording): LabelledFrame[] {
  return recording.events.flatMap((event) =>
    event.kind === "frame"
      ? [
          {
            name: `${name} at ${(event.atMs / 1000).toFixed(1)} s`,
            split,
            label: event.label,
            screen: { lines: event.lines, title: event.title },
            version: recording.version,
          },
        ]
      : [],
  );
}

function readRecordings(folder: string): CorpusRecording[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => /\.cast(?:\.gz)?$/.test(file))
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((file) => {
      const one = readRecordingFile(join(folder, file));
      return { ...one, split: splitOf(one.name) };
    });
}

function singleScreens(folder: string): LabelledFrame[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .flatMap((label) =>
      readdirSync(join(folder, label)).map((file) => {
        const text = readFileSync(join(folder, label, file), "utf8");
        const state = shownStates.find((one) => one === label) ?? labelOfFolder[label];
        if (state === undefined) throw new Error(`${folder}: no state is called ${label}`);
        const { screen, version } = readSavedScreen(text, join(folder, label, file), {
          cols: null,
          rows: null,
        });
        return {
          name: `${label}/${file.replace(/\.txt$/, "")}`,
          split: "train" as const,
          label: state,
          screen,
          version,
        };
      }),
    );
}
