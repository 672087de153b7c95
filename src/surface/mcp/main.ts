import type { Readable, Writable } from "node:stream";
import type { SessionToolset } from "../../domain/toolset.ts";
import type { Caller } from "../../rpc/wire.ts";
import { chooseCoordinator } from "./coordinator.ts";
import { createFastAnswers } from "./fast-answers.ts";
import type { McpFlags } from "./flags.ts";
import { createIntake, type Intake } from "./intake.ts";
import { readLines } from "./lines.ts";
import type { McpManifest } from "./manifest.ts";
import { readMessage, refuseLength, type Id, type Message } from "./message.ts";
import { createOffer } from "./offer.ts";
import { selectTools } from "./select-tools.ts";
import type { McpServer } from "./server.ts";
import { selectForSession } from "./session-tools.ts";

export interface McpOptions {
  readonly manifest: McpManifest;
  /** Asked for the first time when a tool is called; bringing up a supervisor is its business. */
  readonly caller: Pick<Caller, "call" | "events">;
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths in a call are meant from here. */
  readonly cwd: string;
  readonly stdin: Readable;
  readonly stdout: Writable;
  /** Takes a line for people; never part of the protocol. */
  readonly log: (line: string) => void;
  readonly flags?: McpFlags;
  /** Of the session whose agent started this server; takes the place of every choice of tools. */
  readonly toolset?: SessionToolset;
  /** Called whenever the list of tools was handed out. */
  readonly onListed?: () => void;
  /** Ends the server as the end of its input does, without waiting for calls that still run. */
  readonly signal?: AbortSignal;
}

/** Longer than any task can be, escaped as JSON. */
const maxLineBytes = 16 * 1024 * 1024;
/** How long calls that run when the input ends may take, once everything is loaded. */
const drainMs = 2_000;
/** How long loading what answers them may take; a busy machine needs seconds for it. */
const loadMs = 20_000;

/**
 * Serves MCP until the input ends, the host goes away or the signal says so. The greeting of a
 * host is answered at once from the manifest; the protocol package is loaded by the first message
 * that needs it. Standard output carries nothing but messages.
 * @throws invalid_config before anything is read, when flags or environment name what is not there;
 * what failed when the protocol package could not be loaded
 */
export async function runMcp(options: McpOptions): Promise<void> {
  const { stdin, stdout, signal } = options;
  const selection =
    options.toolset === undefined
      ? selectTools(options.manifest, options.flags ?? {}, options.env)
      : selectForSession(options.manifest, options.toolset);
  const coordinator = chooseCoordinator(options.flags?.coordinator, options.env);
  const offer = createOffer(selection, options.version);
  const fast = createFastAnswers(offer);
  const over = new AbortController();
  const waiting: Message[] = [];
  let server: McpServer | undefined;
  let loading: Promise<void> | undefined;
  let intake: Intake | undefined;

  const write = (message: object): void => {
    stdout.write(`${JSON.stringify(message)}\n`);
    if (isListOfTools(message)) options.onListed?.();
  };

  async function load(): Promise<void> {
    const { createMcpServer } = await import("./server.ts");
    const started = createMcpServer({
      ...options,
      selection,
      offer,
      coordinator,
      write,
      isFull: () => intake?.isFull() === true,
    });
    await started.replay(fast.handshake);
    server = started;
    for (const message of waiting.splice(0)) server.receive(message);
  }

  function receive(message: Message): void {
    if (server) return server.receive(message);
    const answer = loading ? undefined : fast.answer(message);
    if (answer?.kind === "nothing") return undefined;
    if (answer?.kind === "result") {
      return write({ jsonrpc: "2.0", id: message.id, result: answer.result });
    }
    waiting.push(message);
    loading ??= load().catch((thrown: unknown) => {
      for (const { id } of waiting) if (id !== undefined) write(cannotLoad(id));
      over.abort();
      throw thrown;
    });
    // thrown again by whoever awaits it below
    loading.catch(() => undefined);
    return undefined;
  }

  function receiveLine(text: string): void {
    const read = readMessage(text);
    if ("message" in read) return receive(read.message);
    options.log(`refused a line: ${read.refusal.error.message}`);
    return write(read.refusal);
  }

  const gone = new Promise<void>((resolve) => {
    const end = (): void => resolve();
    over.signal.addEventListener("abort", end);
    stdout.on("error", end);
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end, { once: true });
  });
  const ended = new Promise<void>((resolve) => {
    const taken = createIntake(
      { stdin, stdout },
      { line: receiveLine, end: resolve, drained: () => server?.goOn() },
    );
    intake = taken;
    readLines(
      stdin,
      {
        line: (text) => taken.line(text),
        tooLong: () => write(refuseLength(maxLineBytes)),
        end: () => taken.end(),
      },
      { maxBytes: maxLineBytes },
    );
  });

  const wasLeft = await Promise.race([ended.then(() => false), gone.then(() => true)]);
  if (!wasLeft) {
    // what was asked before the input ended is answered, however late its answerer was loaded
    await atMost(loadMs, Promise.race([Promise.resolve(loading), gone]));
    await atMost(drainMs, Promise.race([Promise.resolve(server?.idle()), gone]));
  }
  stdin.pause();
  await server?.close();
  await atMost(drainMs, new Promise<void>((resolve) => stdout.write("", () => resolve())));
  if (over.signal.aborted) await loading;
}

function isListOfTools(message: { readonly result?: unknown }): boolean {
  const { result } = message;
  return typeof result === "object" && result !== null && "tools" in result;
}

/** The package was replaced or removed since this process began. */
function cannotLoad(id: Id): object {
  const message = "agentpool was changed since this server started; restart the MCP server";
  return { jsonrpc: "2.0", id, error: { code: -32_603, message } };
}

/** Waits for the work, yet no longer; its timer keeps the process alive for as long. */
async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, tooLate]).finally(() => clearTimeout(timer));
}
