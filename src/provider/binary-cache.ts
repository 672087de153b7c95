import { createHash } from "node:crypto";
import { dirname } from "node:path/posix";
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
}

export type VersionOutput = { readonly text: string } | { readonly failed: string };

interface Remembered {
  /** Time and size of the file when it was asked. */
  readonly stamp: string;
  readonly text: string;
  /** Epoch ms. */
  readonly askedAt: number;
}

const answerWithinMs = 15_000;
/** Launchers of version managers stay the same file when the program behind them changes. */
const forgetAfterMs = 24 * 3_600_000;
const maxOutputBytes = 64 * 1024;
const maxKeptLength = 2_000;
const maxFileBytes = 1024 * 1024;
const maxEntries = 200;

/**
 * What programs print when asked for their version. Good answers are kept in a file; failures and
 * complaints only in memory: a program that hangs costs its time once per process, and gets a new
 * chance in the next.
 */
export class BinaryCache {
  readonly #machine: BinaryMachine;
  readonly #file: string;
  readonly #running = new Map<string, Promise<VersionOutput>>();
  readonly #untilExit = new Map<string, VersionOutput>();
  #entries: Promise<Map<string, Remembered>> | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(machine: BinaryMachine, file: string) {
    this.#machine = machine;
    this.#file = file;
  }

  async ask(
    argv: readonly string[],
    facts: BinaryFileFacts,
    env: Readonly<Record<string, string | undefined>>,
  ): Promise<VersionOutput> {
    const key = createHash("sha256").update(argv.join("\u0000")).digest("hex").slice(0, 32);
    const stamp = `${facts.mtimeMs}:${facts.sizeBytes}`;
    const entry = (await this.#load()).get(key);
    if (entry?.stamp === stamp && Date.now() - entry.askedAt < forgetAfterMs) {
      return { text: entry.text };
    }
    const id = `${key}:${stamp}`;
    const kept = this.#untilExit.get(id);
    if (kept) return kept;
    let running = this.#running.get(id);
    if (!running) {
      running = this.#run(argv, { key, stamp, id }, env).finally(() => this.#running.delete(id));
      this.#running.set(id, running);
    }
    return running;
  }

  async #run(
    argv: readonly string[],
    place: { readonly key: string; readonly stamp: string; readonly id: string },
    env: Readonly<Record<string, string | undefined>>,
  ): Promise<VersionOutput> {
    try {
      const result = await this.#machine.exec(argv, {
        timeoutMs: answerWithinMs,
        env: agentEnvironment(env, { declared: [], named: [] }).values,
        maxBytes: maxOutputBytes,
      });
      const text = `${result.stdout}\n${result.stderr}`.trim().slice(0, maxKeptLength);
      if (result.exitCode === 0) {
        await this.#remember(place.key, { stamp: place.stamp, text, askedAt: Date.now() });
      } else {
        this.#untilExit.set(place.id, { text });
      }
      return { text };
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      const output: VersionOutput = { failed: `it could not be asked for its version: ${why}` };
      this.#untilExit.set(place.id, output);
      return output;
    }
  }

  #load(): Promise<Map<string, Remembered>> {
    this.#entries ??= this.#machine
      .read(this.#file, 0, maxFileBytes)
      .then((bytes) => parseEntries(bytes));
    return this.#entries;
  }

  /** A file that cannot be written costs time in the next process and nothing else. */
  async #remember(key: string, entry: Remembered): Promise<void> {
    const entries = await this.#load();
    entries.delete(key);
    entries.set(key, entry);
    for (const oldest of entries.keys()) {
      if (entries.size <= maxEntries) break;
      entries.delete(oldest);
    }
    const write = async (): Promise<void> => {
      await this.#machine.makeFolder(dirname(this.#file));
      await this.#machine.write(this.#file, JSON.stringify({ entries: [...entries] }));
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
    typeof entry.text === "string" &&
    typeof entry.askedAt === "number"
  );
}
