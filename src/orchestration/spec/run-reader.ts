import { nearest } from "../../domain/nearest.ts";
import type { Profile } from "../../domain/profile.ts";
import { maxTextBytes, whyNotTask } from "../../domain/task-text.ts";
import type { RunKindName, RunLimits } from "../../domain/run.ts";
import type { WorkspaceMode } from "../../domain/session.ts";
import type { SessionToolset } from "../../domain/toolset.ts";
import { invalidRun, type RunFault } from "./faults.ts";
import type { RunDocument } from "./run-document.ts";
import type { WorkerFields } from "./worker-fields.ts";

/** What a run is begun with besides what is written. */
export interface RunContext {
  /** What the command asked for; null takes what the file says. */
  readonly kind: RunKindName | null;
  /** Flags: they go before what a file says of every worker, and after what it says of one. */
  readonly flags: Partial<WorkerFields>;
  /** Of what nobody says. */
  readonly base: Pick<WorkerFields, "mode" | "repoPath" | "attempts">;
  readonly limits: Partial<RunLimits>;
  /** Said by the command of a pool; absent takes what the file says. */
  readonly reuseSessions?: boolean | undefined;
  readonly profiles: ReadonlyMap<string, Profile>;
  /** Why a file of a profile is none, by its name. */
  readonly brokenProfiles?: ReadonlyMap<string, string>;
  /** The id of a provider by its name or alias, or why there is none. */
  readonly provider: (name: string) => KnownProvider | { readonly why: string };
  /** What speaks against work in a folder, in any mode and in a worktree; of those looked at. */
  readonly folders?: ReadonlyMap<
    string,
    { readonly any: string | null; readonly worktree: string | null }
  >;
}

/** What a provider has to be able to do for a worker. */
export interface WorkerWish {
  readonly toolset: SessionToolset | null;
  readonly mode: WorkspaceMode;
}

export interface KnownProvider {
  /** Or the name of a preset of it. */
  readonly id: string;
  /** Of a preset: the id of its provider. */
  readonly definitionId?: string;
  /** Why it cannot; null when it can. */
  readonly whyUnfit?: (wish: WorkerWish) => string | null;
}

export type Path = readonly (string | number)[];

/** Reads the parts of a run and gathers what is wrong with them. */
export class RunReader {
  readonly document: RunDocument;
  readonly context: RunContext;
  readonly warnings: string[] = [];
  /** What is said of every worker at once. */
  everybody: Partial<WorkerFields> = {};
  /** Where its workers are to work. */
  readonly folders = new Set<string>();
  /** Why workers cannot be started as they are described, whatever their tasks. */
  readonly unfit = new Set<string>();
  readonly #faults: RunFault[] = [];

  constructor(document: RunDocument, context: RunContext) {
    this.document = document;
    this.context = context;
  }

  fault(path: Path, message: string): void {
    const fault = { line: this.lineOf(path), field: fieldOf(path), message };
    // what is wrong for everybody at once is told once
    const told = this.#faults.some((one) => one.field === fault.field && one.message === message);
    if (!told) this.#faults.push(fault);
  }

  warn(path: Path, message: string): void {
    const { file } = this.document;
    const line = this.lineOf(path);
    const where = file === null ? "" : line === null ? `${file}: ` : `${file}:${line}: `;
    this.warnings.push(`${where}${fieldOf(path) ?? "the run"} ${message}`);
  }

  /** The line of a part, or of what it stands in. */
  lineOf(path: Path): number | null {
    for (let length = path.length; length > 0; length--) {
      const line = this.document.lineOf(path.slice(0, length));
      if (line !== undefined) return line;
    }
    return this.document.file === null ? null : 1;
  }

  /** A prompt that can be given to an agent; what is wrong with it is told. */
  prompt(path: Path, text: string): string {
    const fault = whyNotPrompt(text);
    if (fault !== undefined) this.fault(path, `cannot be given to an agent: ${fault}`);
    return text;
  }

  /** @throws invalid_run when anything is wrong */
  check(): void {
    if (this.#faults.length > 0) throw invalidRun(this.document.file, this.#faults);
  }
}

/** What keeps a text from being given to any agent, as the end of a sentence. */
export function whyNotPrompt(text: string): string | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes > maxTextBytes)
    return `it has ${bytes} bytes, and at most ${maxTextBytes} are delivered`;
  return whyNotTask(text)?.what;
}

/** ` did you mean x?`, or what there is. */
export function known(word: string, names: readonly string[]): string {
  if (names.length === 0) return "there is none";
  const near = nearest(word, names);
  return near === undefined ? `known: ${names.join(", ")}` : `did you mean ${near}?`;
}

function fieldOf(path: Path): string | null {
  if (path.length === 0) return null;
  return path.reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`,
    "",
  );
}
