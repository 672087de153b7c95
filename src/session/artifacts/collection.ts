import { join } from "node:path/posix";
import { AgentpoolError, type ErrorBody } from "../../domain/errors.ts";
import { redactJson } from "../../platform/redact.ts";
import type { Machine } from "../../runtime/machine.ts";
import { fileOfKind, type ArtifactName } from "./kinds.ts";
import { once, writeBytes, writeRedacted, type WrittenFile } from "./write-artifact.ts";

/**
 * The files of one collect on their way into the folder. What fails is kept and stops nothing.
 */
export class Collection {
  readonly written = new Map<ArtifactName, WrittenFile>();
  readonly failures: { readonly kind: ArtifactName; readonly error: ErrorBody }[] = [];
  readonly #machine: Machine;
  readonly #folder: string;
  readonly #known: readonly string[];

  constructor(machine: Machine, folder: string, known: readonly string[]) {
    this.#machine = machine;
    this.#folder = folder;
    this.#known = known;
  }

  path(kind: ArtifactName): string {
    return join(this.#folder, fileOfKind(kind));
  }

  async attempt<T>(kind: ArtifactName, make: () => Promise<T>): Promise<T | undefined> {
    try {
      return await make();
    } catch (thrown) {
      this.failures.push({ kind, error: AgentpoolError.from(thrown).toBody() });
      return undefined;
    }
  }

  /** Writes text; null removes what an earlier collect left, which would be untrue now. */
  async text(kind: ArtifactName, pieces: AsyncIterable<string> | null): Promise<void> {
    await this.attempt(kind, async () => {
      if (pieces === null) return this.#machine.remove(this.path(kind));
      const options = { known: this.#known };
      this.written.set(kind, await writeRedacted(this.#machine, this.path(kind), pieces, options));
    });
  }

  /** Writes bytes that are redacted already; undefined removes the file. */
  async bytes(kind: ArtifactName, bytes: AsyncIterable<Uint8Array> | undefined): Promise<void> {
    await this.attempt(kind, async () => {
      if (!bytes) return this.#machine.remove(this.path(kind));
      this.written.set(kind, await writeBytes(this.#machine, this.path(kind), bytes));
    });
  }

  async json(kind: ArtifactName, document: Record<string, unknown>): Promise<void> {
    const text = `${JSON.stringify(redactJson(document, this.#known), null, 2)}\n`;
    await this.bytes(kind, encode(once(text)));
  }

  /** One JSON object a line. Secrets are taken out before the strings are quoted. */
  async lines<T>(
    kind: ArtifactName,
    items: AsyncIterable<T>,
    show: (item: T) => Record<string, unknown>,
  ): Promise<void> {
    const known = this.#known;
    const lines = (async function* () {
      for await (const item of items) yield `${JSON.stringify(redactJson(show(item), known))}\n`;
    })();
    await this.bytes(kind, encode(lines));
  }

  listed(): Record<string, unknown>[] {
    return [...this.written].map(([kind, file]) => ({
      kind,
      path: this.path(kind),
      sha256: file.sha256,
      size_bytes: file.sizeBytes,
    }));
  }
}

async function* encode(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const text of texts) yield Buffer.from(text);
}
