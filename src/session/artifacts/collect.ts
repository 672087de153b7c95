import type { Write } from "../../domain/decision.ts";
import { AgentpoolError, type ErrorBody } from "../../domain/errors.ts";
import type { NewEvent } from "../../domain/event.ts";
import { isLive, type Session } from "../../domain/session.ts";
import { formatTime } from "../../domain/time.ts";
import { noTrespasses, trespassWarnings, type Trespasses } from "../../domain/trespass.ts";
import type { TranscriptEntry } from "../../domain/transcript.ts";
import type { Turn } from "../../domain/turn.ts";
import type { SessionFolder } from "../../platform/home.ts";
import { readPieces } from "../../platform/read-pieces.ts";
import { redactedBytes } from "../../platform/redact-file.ts";
import { redact } from "../../platform/redact.ts";
import type { Machine } from "../../runtime/machine.ts";
import type { Store } from "../../store/store.ts";
import { takeDiff, type Diff, type DiffedWork } from "../workspace/diff.ts";
import { artifactRecords } from "./artifact-records.ts";
import { Collection } from "./collection.ts";
import {
  changedFilesDocument,
  lastEnded,
  metadataDocument,
  summaryDocument,
  whyNoResult,
} from "./documents.ts";
import { eventLine, eventsOf } from "./event-lines.ts";
import { manifestOf, type ManifestEntry } from "./manifest.ts";
import { plainText } from "../../domain/plain-text.ts";
import { transcriptSource } from "./read-transcript.ts";
import { redactedPatch } from "./redacted-patch.ts";
import { renderTerminalLog } from "./terminal-log.ts";
import { entriesAfter, renderEntry } from "./transcript-text.ts";
import { once } from "./write-artifact.ts";

export interface CollectParts {
  readonly machine: Machine;
  readonly store: Pick<Store, "turns" | "events" | "transcripts" | "artifacts">;
  readonly now: () => number;
  readonly newId: (kind: "artifact") => string;
}

export interface CollectOptions {
  readonly folder: SessionFolder;
  /** The pane as it is, or as it was last; null when nobody can tell. */
  readonly screen: string | null;
  /** Files in the work folder that are not work, as git pathspecs from there. */
  readonly litter?: readonly string[];
  /** Secret values (of environment variables) that must not stand in any file. */
  readonly known?: readonly string[];
  readonly maxPatchBytes?: number;
  /** The session is about to be ended: what is written is final, although it is live by now. */
  readonly closes?: boolean;
  /** Says which of the changed files the session had no right to change. */
  readonly judge?: (paths: readonly string[]) => Promise<Trespasses>;
}

export interface Collected {
  readonly files: readonly ManifestEntry[];
  /** Files that could not be written, each with why; the others are there all the same. */
  readonly failures: readonly { readonly kind: string; readonly error: ErrorBody }[];
  readonly git: {
    readonly isRepo: boolean;
    readonly dirty: boolean | null;
    readonly changedFiles: readonly string[];
    readonly note: string | null;
    /** Null where the session held no lease, and nobody asks for any. */
    readonly uncoveredFiles: readonly string[] | null;
    /** Null where it may change all. */
    readonly notAllowedFiles: readonly string[] | null;
  };
  readonly warnings: readonly string[];
  /** Final message of the last ended turn. */
  readonly result: string | null;
  /** What the diff that was written shows; null when none was. */
  readonly diffOf: DiffedWork | null;
  /** To be committed by the caller: what the store should know of the files. */
  readonly writes: readonly Write[];
  readonly events: readonly NewEvent[];
}

/**
 * Writes what a session produced into its folder of artifacts: redacted, 0600, each file aside and
 * renamed. Repeated, it writes the same files anew; two at once for one session are the caller's
 * to prevent. A file that cannot be made is reported and stops no other.
 * @throws the first failure, when not one file could be written
 */
export async function collectArtifacts(
  parts: CollectParts,
  session: Session,
  options: CollectOptions,
): Promise<Collected> {
  const { machine, store } = parts;
  const folder = options.folder.artifacts;
  const known = options.known ?? [];
  await machine.makeFolder(folder);
  const turns = await store.turns.ofSession(session.id);
  const work = new Collection(machine, folder, known);

  const diff = await work.attempt("diff", () =>
    takeDiff(machine, session.workspace, {
      objects: options.folder.objects,
      now: parts.now(),
      ...(options.litter === undefined ? {} : { litter: options.litter }),
      ...(options.maxPatchBytes === undefined ? {} : { maxPatchBytes: options.maxPatchBytes }),
    }),
  );
  const trespasses = await judge(diff, options);
  const source = await transcriptSource(store.transcripts, session);
  const live = isLive(session) && options.closes !== true;
  const isKept = diff?.patchFile === null && (await machine.stat(work.path("diff"))) !== undefined;
  const warnings = [
    ...trespassWarnings(trespasses),
    ...warningsOf(diff ?? null, turns, source, live),
  ];
  if (isKept) warnings.push("the diff of an earlier collect stands");
  try {
    await work.text("task", once(plainText(session.task)));
    await work.text("result", resultOf(turns));
    await work.text(
      "summary",
      each(summaryDocument(session, turns, { diff: diff ?? null, trespasses })),
    );
    await writeTranscript(work, parts, session, options.folder, source);
    await work.lines("events", eventsOf(store.events, session.id), eventLine);
    if (diff && !isKept) await writeDiff(work, machine, { diff, trespasses }, known);
    await work.text("screen", options.screen === null ? null : once(plainText(options.screen)));
    const metadata = { diff: diff ?? null, transcriptSource: source, notes: warnings };
    await work.json("metadata", metadataDocument(session, turns, metadata));
  } finally {
    await diff?.discard();
  }
  await work.json("manifest", {
    session_id: session.id,
    artifact_dir: folder,
    collected_at: formatTime(parts.now()),
    files: work.listed(),
    failures: work.failures,
    notes: warnings,
  });
  const [failure] = work.failures;
  if (failure && work.written.size === 0) throw AgentpoolError.fromBody(failure.error);

  const before = await store.artifacts.ofSession(session.id);
  const records = artifactRecords(session.id, work.written, before, {
    now: parts.now(),
    newId: parts.newId,
  });
  return {
    files: await manifestOf(machine, folder, records.all),
    failures: work.failures,
    git: {
      isRepo: diff?.isRepo ?? false,
      dirty: diff?.dirty ?? null,
      changedFiles: (diff?.changed ?? []).map((file) => redact(file.path, known)),
      note: diff ? (diff.missingBecause ?? diff.notes[0] ?? null) : "the diff could not be taken",
      uncoveredFiles: redacted(trespasses.uncovered, known),
      notAllowedFiles: redacted(trespasses.notAllowed, known),
    },
    warnings: [
      ...warnings,
      ...work.failures.map(
        ({ kind, error }) => `${kind}: ${error.message}${error.why ? ` (${error.why})` : ""}`,
      ),
    ],
    result: lastEnded(turns)?.result ?? null,
    diffOf: work.written.has("diff") ? (diff?.of ?? null) : null,
    writes: records.writes,
    events: [
      {
        sessionId: session.id,
        at: parts.now(),
        body: { type: "artifacts_collected", kinds: [...work.written.keys()] },
      },
    ],
  };
}

/** A file that moved was changed where it was, too. */
async function judge(
  diff: Diff | undefined,
  options: Pick<CollectOptions, "judge">,
): Promise<Trespasses> {
  if (!diff || !options.judge || diff.changed.length === 0) return noTrespasses;
  const moved = diff.changed.flatMap(({ status, oldPath }) =>
    status === "renamed" && oldPath !== null ? [oldPath] : [],
  );
  return options.judge([...diff.changed.map(({ path }) => path), ...moved]);
}

function redacted(
  paths: readonly string[] | null,
  known: readonly string[],
): readonly string[] | null {
  return paths?.map((path) => redact(path, known)) ?? null;
}

function resultOf(turns: readonly Turn[]): AsyncIterable<string> | null {
  const result = lastEnded(turns)?.result ?? null;
  return result === null ? null : once(plainText(result));
}

async function writeTranscript(
  work: Collection,
  parts: CollectParts,
  session: Session,
  folder: SessionFolder,
  source: "agent_log" | "terminal",
): Promise<void> {
  const entries = () => entriesAfter(parts.store.transcripts, session.id, 0);
  const text =
    source === "agent_log" ? renderEntries(entries()) : renderScreen(parts.machine, folder);
  await work.text("transcript", text);
  if (source === "agent_log") await work.lines("transcript_jsonl", entries(), entryLine);
  else await work.text("transcript_jsonl", null);
}

async function* renderEntries(
  entries: AsyncIterable<TranscriptEntry>,
): AsyncGenerator<string, void, undefined> {
  for await (const entry of entries) yield renderEntry(entry);
}

async function* renderScreen(
  machine: Machine,
  folder: SessionFolder,
): AsyncGenerator<string, void, undefined> {
  for await (const piece of renderTerminalLog(machine, folder.terminal)) yield piece.text;
}

function entryLine(entry: TranscriptEntry): Record<string, unknown> {
  return {
    n: entry.n,
    at: formatTime(entry.at),
    role: entry.role,
    turn_id: entry.turnId,
    text: entry.text,
  };
}

async function writeDiff(
  work: Collection,
  machine: Machine,
  { diff, trespasses }: { readonly diff: Diff; readonly trespasses: Trespasses },
  known: readonly string[],
): Promise<void> {
  const { patchFile, statusFile } = diff;
  await work.bytes(
    "diff",
    patchFile === null ? undefined : redactedPatch(machine, patchFile, known),
  );
  await work.json("changed_files", changedFilesDocument(diff, trespasses));
  await work.bytes(
    "git_status",
    statusFile === null ? undefined : redactedBytes(readPieces(machine, statusFile), { known }),
  );
}

function warningsOf(
  diff: Diff | null,
  turns: readonly Turn[],
  source: string,
  live: boolean,
): string[] {
  const noResult = whyNoResult(turns);
  return [
    ...(noResult === null ? [] : [`there is no result: ${noResult}`]),
    ...(diff?.missingBecause ? [`there is no diff: ${diff.missingBecause}`] : []),
    ...(diff?.notes ?? []),
    ...(source === "terminal"
      ? ["the transcript is rendered from the terminal: the agent kept no log of its own"]
      : []),
    ...(live ? ["the session is live: the files show this moment"] : []),
  ];
}

// oxlint-disable-next-line typescript/require-await
async function* each(texts: Iterable<string>): AsyncGenerator<string, void, undefined> {
  yield* texts;
}
