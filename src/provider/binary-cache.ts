import { dirname } from "node:path/posix";
import { redact } from "../platform/redact.ts";
import { agentEnvironment } from "./environment.ts";

/** What of the machine the search for programs needs. */
export interface BinaryMachine {
  stat(path: string): Promise<BinaryFileFacts | undefined>;
  read(path: string, offset: number, maxBytes: number): Promise<Uint8Array | undefined>;
  write(path: string, content: string): Promise<void>;
  makeFolder(path: string, mode?: number): Promise<void>;
  exec(
    argv: readonly string[],
    options: {
      readonly timeoutMs: number;
      readonly env: Readonly<Record<string, string>>;
      readonly maxBytes: number;
    },
  ): Promise<{
    readonly exitCode: number | null;
    readonly stdout: string;
    readonly stderr: string;
  }>;
}

export interface BinaryFileFacts {
  readonly kind: "file" | "folder" | "pipe" | "other";
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  /** Of the file behind all links; another one where a file was replaced. */
  readonly identity: string;
}

export type VersionOutput = { readonly text: string } | { readonly failed: string };

interface Remembered {
  /** The file as it was when it was asked: which one, its time and its size. */
  readonly stamp: string;
  readonly output: VersionOutput;
  /** It ended with 0. */
  readonly sound: boolean;
  /** Epoch ms. */
  readonly askedAt: number;
}

/** The slowest of the known ones takes 5 s at its first start on a busy machine. */
const answerWithinMs = 8_000;
/** Whoever wants to start it waits longer than whoever lists it: a busy machine is no missing program. */
const answerForStartWithinMs = 25_000;
/** Launchers of version managers stay the same file when the program behind them changes. */
const forgetAfterMs = 24 * 3_600_000;
/** So that a program that hangs costs its time now and then, and one that was repaired is found. */
const forgetFailuresAfterMs = 60_000;
const maxOutputBytes = 64 * 1024;
const maxKeptLength = 2_000;
const maxFileBytes = 1024 * 1024;
const maxEntries = 200;

/**
 * What programs print when asked for their version, kept in a file that all processes of a home
 * share. Whoever writes it reads it first, so that none forgets what another one learnt.
 */
export class BinaryCache {
  readonly #machine: BinaryMachine;
  readonly #file: string;
  readonly #now: () => number;
  readonly #running = new Map<string, Promise<VersionOutput>>();
  #entries: Map<string, Remembered> | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(machine: BinaryMachine, file: string, now: () => number = Date.now) {
    this.#machine = machine;
    this.#file = file;
    this.#now = now;
  }

  /** @param options `again`: a failure is not believed but tried once more, with more patience */
  async ask(
    argv: readonly string[],
    facts: BinaryFileFacts,
    env: Readonly<Record<string, string | undefined>>,
    options: { readonly again?: boolean } = {},
  ): Promise<VersionOutput> {
    const key = argv.join("\u0000");
    const stamp = `${facts.identity}:${facts.mtimeMs}:${facts.sizeBytes}`;
    const again = options.again ?? false;
    const kept =
      this.#kept(this.#entries, { key, stamp, again }) ??
      this.#kept(await this.#read(), { key, stamp, again });
    if (kept) return kept;
    const id = `${key}:${stamp}:${again}`;
    let running = this.#running.get(id);
    if (!running) {
      const withinMs = again ? answerForStartWithinMs : answerWithinMs;
      running = this.#run(argv, { key, stamp, withinMs }, env).finally(() =>
        this.#running.delete(id),
      );
      this.#running.set(id, running);
    }
    return running;
  }

  #kept(
    entries: ReadonlyMap<string, Remembered> | undefined,
    {
      key,
      stamp,
      again,
    }: { readonly key: string; readonly stamp: string; readonly again: boolean },
  ): VersionOutput | undefined {
    const entry = entries?.get(key);
    if (entry?.stamp !== stamp || (again && !entry.sound)) return undefined;
    const age = this.#now() - entry.askedAt;
    // a clock that was set back must not keep an answer for ever
    const isFresh = age >= 0 && age < (entry.sound ? forgetAfterMs : forgetFailuresAfterMs);
    return isFresh ? entry.output : undefined;
  }

  async #run(
    argv: readonly string[],
    {
      key,
      stamp,
      withinMs,
    }: { readonly key: string; readonly stamp: string; readonly withinMs: number },
    env: Readonly<Record<string, string | undefined>>,
  ): Promise<VersionOutput> {
    let output: VersionOutput;
    let sound = false;
    try {
      const result = await this.#machine.exec(argv, {
        timeoutMs: withinMs,
        env: agentEnvironment(env, { declared: [], named: [] }).values,
        maxBytes: maxOutputBytes,
      });
      // a program that is none of those it was taken for may print anything
      const text = redact(`${result.stdout}\n${result.stderr}`.trim().slice(0, maxKeptLength));
      output = { text };
      sound = result.exitCode === 0;
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      output = { failed: `it could not be asked for its version: ${why}` };
    }
    await this.#remember(key, { stamp, output, sound, askedAt: this.#now() });
    return output;
  }

  /** What is known by now; what only this process knows stays where the file cannot be written. */
  async #read(): Promise<ReadonlyMap<string, Remembered>> {
    const bytes = await this.#machine.read(this.#file, 0, maxFileBytes).catch(() => undefined);
    const entries = this.#entries ?? new Map<string, Remembered>();
    for (const [key, entry] of parseEntries(bytes)) {
      const own = entries.get(key);
      if (!own || own.askedAt < entry.askedAt) entries.set(key, entry);
    }
    this.#entries = entries;
    return entries;
  }

  /** A file that cannot be written costs time in the next process and nothing else. */
  async #remember(key: string, entry: Remembered): Promise<void> {
    const write = async (): Promise<void> => {
      (this.#entries ??= new Map()).set(key, entry);
      const known = await this.#read();
      const newest = [...known].toSorted(([, a], [, b]) => b.askedAt - a.askedAt);
      await this.#machine.makeFolder(dirname(this.#file));
      const text = JSON.stringify({ entries: newest.slice(0, maxEntries) });
      await this.#machine.write(this.#file, text);
    };
    this.#saving = this.#saving.then(write).catch(() => undefined);
    await this.#saving;
  }
}

function parseEntries(bytes: Uint8Array | undefined): Map<string, Remembered> {
  const entries = new Map<string, Remembered>();
  if (!bytes) return entries;
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    // it is a cache: damaged means empty
    return entries;
  }
  const rows =
    typeof parsed === "object" && parsed !== null && "entries" in parsed ? parsed.entries : [];
  for (const row of Array.isArray(rows) ? rows : []) {
    const [key, entry] = Array.isArray(row) ? (row as unknown[]) : [];
    if (typeof key === "string" && isRemembered(entry)) entries.set(key, entry);
  }
  return entries;
}

function isRemembered(value: unknown): value is Remembered {
  if (typeof value !== "object" || value === null) return false;
  const entry = value as Partial<Record<keyof Remembered, unknown>>;
  return (
    typeof entry.stamp === "string" &&
    typeof entry.sound === "boolean" &&
    typeof entry.askedAt === "number" &&
    isOutput(entry.output)
  );
}

function isOutput(value: unknown): value is VersionOutput {
  if (typeof value !== "object" || value === null) return false;
  const { text, failed } = value as { readonly text?: unknown; readonly failed?: unknown };
  return typeof text === "string" || typeof failed === "string";
}
