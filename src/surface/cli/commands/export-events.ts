import { createHash } from "node:crypto";
import { closeSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { AgentpoolError } from "../../../domain/errors.ts";
import { chainLine, chainStart, type ChainRecord } from "../../../domain/export-chain.ts";
import { formatTime } from "../../../domain/time.ts";
import { query, type Output } from "../../../operations/event/query.ts";
import type { EventJson } from "../../../operations/projection.ts";
import { writeErr, writeOut } from "../io.ts";
import type { Shell } from "../shell.ts";

const pageSize = 5_000;

/** Writes the events up to now page by page, so that a long history takes no more memory. */
export async function exportEvents(
  shell: Shell,
  wish: {
    readonly format: "jsonl" | "md";
    readonly file: string | undefined;
    readonly input: Readonly<Record<string, unknown>>;
  },
): Promise<number> {
  const target = openTarget(shell, wish.file);
  try {
    const writer = wish.format === "md" ? markdown() : chain();
    let events = 0;
    let until: number | undefined;
    for (let after: number | undefined; ;) {
      const page = (await shell.ask(query, {
        ...wish.input,
        ...(after === undefined ? {} : { after }),
        ...(until === undefined ? {} : { until: String(until) }),
        limit: pageSize,
      })) as Output;
      if (until === undefined) {
        // what happens while it is written belongs to the next one
        until = await newest(shell, page);
        target.write(
          writer.begin({
            agentpool: shell.version,
            created_at: formatTime(Date.now()),
            filter: wish.input,
            removed_through: page.removed_through,
            through: until,
          }),
        );
      }
      const found = page.events.filter(({ seq }) => seq <= (until ?? seq));
      events += found.length;
      target.write(found.map((event) => writer.event(event)).join(""));
      if (!page.has_more || page.cursor >= until) break;
      after = page.cursor;
    }
    target.write(writer.end(events));
    target.close();
    if (wish.file !== undefined) writeErr(`${events} events written to ${target.path}\n`);
    return 0;
  } catch (thrown) {
    target.drop();
    throw thrown;
  }
}

/** The number of the newest event there is. */
async function newest(shell: Shell, { cursor, has_more: more }: Output): Promise<number> {
  if (!more) return cursor;
  const far = (await shell.ask(query, { since: "0s", limit: 1 })) as Output;
  return Math.max(cursor, far.cursor);
}

interface Writer {
  readonly begin: (facts: ChainRecord) => string;
  readonly event: (event: EventJson) => string;
  readonly end: (events: number) => string;
}

function chain(): Writer {
  let previous = chainStart;
  const add = (record: ChainRecord): string => {
    const { line, sha256 } = chainLine(record, previous, hash);
    previous = sha256;
    return `${line}\n`;
  };
  return {
    begin: (facts) => add({ line: "begin", ...facts }),
    event: (event) => add({ line: "event", ...event }),
    end: (events) => add({ line: "end", events }),
  };
}

function markdown(): Writer {
  return {
    begin: ({ created_at: at, filter }) =>
      [
        "# What happened",
        "",
        `Written ${String(at)}; ${describe(filter)}.`,
        "",
        "| # | when | session | what | facts |",
        "| --- | --- | --- | --- | --- |",
        "",
      ].join("\n"),
    event: ({ seq, at, session_id: session, type, ...facts }) => {
      const told = Object.entries(facts)
        .filter(([, value]) => value !== null)
        .map(([name, value]) => `${name}: ${plain(value)}`);
      const cells = [seq, at, session ?? "", type, told.join(", ")];
      return `| ${cells.map((cell) => String(cell)).join(" | ")} |\n`;
    },
    end: (events) => `\n${events} events.\n`,
  };
}

function describe(filter: unknown): string {
  const entries = Object.entries(filter as Readonly<Record<string, unknown>>);
  if (entries.length === 0) return "all that is kept";
  return entries.map(([name, value]) => `${name.replace("_id", "")} ${String(value)}`).join(", ");
}

/** A table is broken by lines and bars, and its reader by HTML. */
function plain(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.replace(/\s+/g, " ").replaceAll("|", "\\|").replaceAll("<", "&lt;");
}

export function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

interface Target {
  readonly path: string;
  readonly write: (text: string) => void;
  readonly close: () => void;
  readonly drop: () => void;
}

function openTarget(shell: Shell, file: string | undefined): Target {
  if (file === undefined) {
    return { path: "", write: writeOut, close: () => undefined, drop: () => undefined };
  }
  const path = resolve(shell.cwd, file);
  const beside = `${path}.${process.pid}`;
  let fd: number;
  try {
    fd = openSync(beside, "wx", 0o600);
  } catch (thrown) {
    throw new AgentpoolError("invalid_input", `--output: ${path} cannot be written`, {
      why: thrown instanceof Error ? thrown.message : String(thrown),
      cause: thrown,
    });
  }
  return {
    path,
    write: (text) => writeFileSync(fd, text),
    close: () => {
      closeSync(fd);
      renameSync(beside, path);
    },
    drop: () => {
      closeSync(fd);
      rmSync(beside, { force: true });
    },
  };
}
