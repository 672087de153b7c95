import { join } from "node:path";
import { toolsOf, type SessionToolset } from "../domain/toolset.ts";
import type { Home } from "../platform/home.ts";
import { toolsetVariable } from "../platform/own-token.ts";
import { packageFolder } from "../platform/package-version.ts";
import type { WorkerServer } from "../provider/definition.ts";
import type { SessionToken } from "./session-token.ts";

interface Window {
  readonly token: SessionToken;
  readonly toolset: SessionToolset;
}

/** The tool server that a session's agent starts: this very agentpool, as that session. */
export function workerServer(home: Pick<Home, "root">, { token, toolset }: Window): WorkerServer {
  return {
    name: "agentpool",
    command: process.execPath,
    args: [entry(), "mcp"],
    // some CLIs give their servers next to nothing of their own environment
    env: { AGENTPOOL_HOME: home.root, ...token.env, [toolsetVariable]: toolset },
    tools: toolsOf[toolset],
  };
}

/** The same agentpool as a program, for agents that use their shell. */
export function ownProgram(home: Pick<Home, "programs">): {
  readonly path: string;
  readonly content: string;
  readonly executable: true;
} {
  const words = [process.execPath, entry()].map(quote).join(" ");
  return {
    path: `${home.programs}/agentpool`,
    content: `#!/bin/sh\nexec ${words} "$@"\n`,
    executable: true,
  };
}

/** An agent's environment with the proof of its session, and with agentpool on its PATH. */
export function environmentWith(
  env: Readonly<Record<string, string>>,
  window: {
    readonly token: SessionToken;
    readonly toolset: SessionToolset | null;
    readonly programs: string;
  },
): Readonly<Record<string, string>> {
  const { token, toolset, programs } = window;
  if (toolset === null) return { ...env, ...token.env };
  const path = env["PATH"];
  return {
    ...env,
    ...token.env,
    [toolsetVariable]: toolset,
    PATH: path === undefined || path === "" ? programs : `${programs}:${path}`,
  };
}

function entry(): string {
  return join(packageFolder(), "bin", "agentpool.cjs");
}

function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
