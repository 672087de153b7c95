import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { person, type Principal } from "../../src/domain/principal.ts";
import { operations } from "../../src/operations/index.ts";
import type { App } from "../../src/operations/app.ts";
import { homeFrom, type Home } from "../../src/platform/home.ts";
import { openLog } from "../../src/platform/log.ts";
import { createInlineCaller } from "../../src/rpc/inline.ts";
import type { Caller } from "../../src/rpc/wire.ts";
import { takeRole, type Role } from "../../src/supervisor/role.ts";
import { removeFolder } from "./temp-folder.ts";

/** An agentpool home of this test's own, with a supervisor in this process. */
export interface TestHome {
  readonly home: Home;
  readonly folder: string;
  readonly app: App;
  readonly role: Role;
  /** Asks an operation; the answer as JSON would give it. */
  ask<T = Record<string, unknown>>(
    name: string,
    input: Record<string, unknown>,
    options?: {
      readonly key?: string;
      readonly cwd?: string;
      readonly signal?: AbortSignal;
      /** Besides what every person has. */
      readonly env?: Readonly<Record<string, string>>;
    },
  ): Promise<T>;
  as(principal: Principal): Caller;
  /** Ends the supervisor as `kill -9` would leave it, and starts a new one. */
  restart(): Promise<void>;
  leave(): Promise<void>;
}

/** The environment a person would ask from. */
export function askingEnv(): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: process.env["HOME"] ?? "/",
    LANG: "C.UTF-8",
    SHELL: "/bin/sh",
    USER: "tester",
    // tests start many at once; those about the bound set it
    AGENTPOOL_MAX_PARALLEL_SESSIONS: "1000",
  };
}

export async function openHome(
  options: { readonly env?: Record<string, string>; readonly now?: () => number } = {},
): Promise<TestHome> {
  const folder = mkdtempSync(join(tmpdir(), "ap-"));
  const home = homeFrom({ AGENTPOOL_HOME: join(folder, "home") });
  const env = { ...askingEnv(), ...options.env };
  const take = async (): Promise<Role> => {
    const role = await takeRole({
      home,
      version: "0.1.0",
      env,
      log: openLog(home.log, "debug", Date.now),
      now: options.now ?? Date.now,
      inline: true,
      idleMs: null,
    });
    if (!role) throw new Error("the role is held");
    return role;
  };
  let role = await take();
  onTestFinished(async () => {
    await role.leave("the test is over").catch(() => undefined);
    try {
      execFileSync("tmux", ["-S", home.tmuxSocket, "kill-server"], { stdio: "ignore" });
    } catch {
      // it was gone already
    }
    await removeFolder(folder);
  });
  const as = (principal: Principal): Caller =>
    createInlineCaller({ operations, app: role.app, principal });
  return {
    home,
    folder,
    get app() {
      return role.app;
    },
    get role() {
      return role;
    },
    as,
    ask: async <T>(
      name: string,
      input: Record<string, unknown>,
      { key, cwd, signal, env: more }: Parameters<TestHome["ask"]>[2] = {},
    ) =>
      (await as(person).call(
        name,
        {
          input,
          env: { ...env, ...more },
          cwd: cwd ?? folder,
          ...(key ? { idempotencyKey: key } : {}),
        },
        signal ? { signal } : {},
      )) as T,
    restart: async () => {
      await role.leave("the test restarts it");
      role = await take();
    },
    leave: () => role.leave("the test ends it"),
  };
}

/** A git repository with one commit. */
export function makeRepo(folder: string, name = "repo"): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "README.md"), "# Test\n");
  const git = (...args: string[]): void => {
    execFileSync(
      "git",
      [
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.invalid",
        "-c",
        "init.defaultBranch=main",
        ...args,
      ],
      { cwd: path, stdio: "ignore" },
    );
  };
  git("init");
  git("add", ".");
  git("commit", "-m", "first");
  return path;
}

/** What a scripted agent really experienced, by its own record. */
export function readRecord(file: string): Record<string, unknown>[] {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  } catch {
    return [];
  }
}
