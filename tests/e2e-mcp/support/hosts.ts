import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { onTestFinished } from "vitest";
import { agentpoolBin } from "../../support/built.ts";
import type { CliHome } from "../../support/cli-home.ts";
import { cliEnvironment } from "../../support/run-cli.ts";

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: {
    readonly progress: number;
    readonly total?: number | undefined;
    readonly message?: string | undefined;
  }) => void;
}

/** What a model gets of a call. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
export type Answer = any;

/** An MCP host that runs the built `agentpool mcp` as its child, as hosts do. */
export interface Host {
  readonly tools: () => Promise<string[]>;
  /** The structured content of the answer, errors too. @throws what the signal aborted with */
  readonly call: (tool: string, args?: object, options?: CallOptions) => Promise<Answer>;
  readonly pid: number;
}

export type HostName = "the older client" | "a host of the modern era";
export const hostNames: readonly HostName[] = ["the older client", "a host of the modern era"];

const words = [agentpoolBin, "mcp", "--toolsets", "default,sessions,worktrees"];

export async function startHost(name: HostName, { home, folder }: CliHome): Promise<Host> {
  const env = cliEnvironment({
    home: home.root,
    env: { AGENTPOOL_SUPERVISOR_IDLE_SECONDS: "30" },
  });
  return name === "the older client" ? older(env, folder) : modern(env, folder);
}

/** The client of the package that today's hosts are built with. */
async function older(env: NodeJS.ProcessEnv, cwd: string): Promise<Host> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: words,
    cwd,
    env: env as Record<string, string>,
    stderr: "ignore",
  });
  const client = new Client({ name: "older-host", version: "1" }, { capabilities: {} });
  await client.connect(transport);
  onTestFinished(() => client.close());
  return {
    pid: transport.pid ?? 0,
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: async (tool, args = {}, { signal, onProgress } = {}) => {
      const result = await client.callTool(
        { name: tool, arguments: args as Record<string, unknown> },
        undefined,
        {
          timeout: 60_000,
          ...(signal ? { signal } : {}),
          ...(onProgress ? { onprogress: onProgress } : {}),
        },
      );
      return result.structuredContent;
    },
  };
}

/** Speaks the revision of 2026 by hand: no greeting, an envelope around every request. */
async function modern(env: NodeJS.ProcessEnv, cwd: string): Promise<Host> {
  const child = spawn(process.execPath, words, { cwd, env, stdio: ["pipe", "pipe", "ignore"] });
  onTestFinished(() => void child.kill());
  const waiting = new Map<number, (message: Message) => void>();
  const listening = new Map<number, CallOptions["onProgress"]>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const message = JSON.parse(line) as Message;
    if (message.method === "notifications/progress") {
      listening.get(message.params.progressToken)?.(message.params);
    } else if (message.id !== undefined) waiting.get(message.id)?.(message);
  });
  const say = (message: object): void =>
    void child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  let last = 0;

  async function request(method: string, params: object, options: CallOptions = {}) {
    const id = ++last;
    if (options.onProgress) listening.set(id, options.onProgress);
    const answered = new Promise<Message>((resolve, reject) => {
      waiting.set(id, resolve);
      options.signal?.addEventListener("abort", () => {
        say({ method: "notifications/cancelled", params: { requestId: id } });
        reject(options.signal?.reason as Error);
      });
    });
    const envelope = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "modern-host", version: "1" },
      "io.modelcontextprotocol/clientCapabilities": {},
      ...(options.onProgress ? { progressToken: id } : {}),
    };
    say({ id, method, params: { ...params, _meta: envelope } });
    const { result, error } = await answered;
    if (error) throw new Error(JSON.stringify(error));
    return result;
  }

  return {
    pid: child.pid ?? 0,
    tools: async () =>
      ((await request("tools/list", {})).tools as { name: string }[]).map((tool) => tool.name),
    call: async (tool, args = {}, options = {}) =>
      (await request("tools/call", { name: tool, arguments: args }, options)).structuredContent,
  };
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params: { readonly progressToken: number; readonly progress: number };
  readonly result: Answer;
  readonly error?: object;
}
