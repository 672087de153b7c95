/** A person's work with agentpool and one real agent CLI: only the built command is used. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { homeFrom, type Home } from "../../../src/platform/home.ts";
import { agentpoolBin } from "../built.ts";
import type { CliResult } from "../run-cli.ts";
import { waitFor } from "../wait.ts";
import type { RealAgent } from "./agent.ts";
import { situation } from "./situation.ts";
import type { Stage, StageOptions } from "./stage.ts";
import { setStage } from "./stage.ts";

/** What the tests read of `observe --json`. */
export interface Seen {
  readonly state: string;
  readonly source: string;
  readonly because: string;
  readonly outcome: string;
  readonly exit_code: number | null;
  readonly limited_until: string | null;
  readonly turn: {
    readonly n: number;
    readonly state: string;
    readonly error: string | null;
  } | null;
  readonly prompts: readonly {
    readonly id: string;
    readonly kind: string;
    readonly text: string;
    readonly source: string;
    readonly options: readonly { readonly label: string; readonly role: string | null }[];
  }[];
  readonly worker_output: { readonly text: string | null };
}

export interface Event {
  readonly type: string;
  readonly source?: string;
  readonly [field: string]: unknown;
}

/** A command that has not ended by now will not; a test still has the time to say why. */
const commandWithinMs = 100_000;

/** Sources in which the agent itself, the kernel or the person tells what happens. */
const structured = ["process", "hook", "api", "log", "operation"];

export interface Work extends Stage {
  readonly agent: RealAgent;
  readonly home: Home;
  /**
   * Runs a command to its end; the test fails when its status is not the expected one, or when it
   * does not end, and then says how things stand.
   */
  readonly run: (
    args: readonly string[],
    options?: { readonly status?: number | "any"; readonly input?: string },
  ) => Promise<CliResult>;
  readonly json: <T = Record<string, unknown>>(
    args: readonly string[],
    options?: { readonly status?: number; readonly input?: string },
  ) => Promise<T>;
  /** Starts a session and gives its name. */
  readonly spawn: (task: string, flags?: readonly string[]) => Promise<string>;
  /** Waits until one of the words holds; a status other than 0 is an outcome, not a fault. */
  readonly observe: (name: string, word: string, timeout?: string) => Promise<Seen>;
  /** Waits until the agent's own channels, and not only its looks, tell this state. */
  readonly settled: (name: string, state: string) => Promise<Seen>;
  readonly events: (name: string) => Promise<readonly Event[]>;
  readonly supervisor: () => number;
}

/** Sets the person up; nothing is started yet. */
export async function startWork(
  agent: RealAgent,
  providerId: string,
  options: StageOptions = {},
): Promise<Work> {
  const stage = await setStage(agent, options);
  const { env, repo } = stage.user;
  const home = homeFrom(env);
  let named = 0;

  async function attempt(args: readonly string[], input = ""): Promise<CliResult> {
    const child = spawn(process.execPath, [agentpoolBin, ...args], { cwd: repo, env });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.stdin.on("error", () => undefined).end(input);
    const closed = once(child, "close") as Promise<[number | null]>;
    const late = new AbortController();
    const ended = await Promise.race([
      closed,
      pause(commandWithinMs, undefined, { signal: late.signal }),
    ]);
    late.abort();
    if (ended) return { status: ended[0], stdout, stderr };
    const homes = [home.root, ...homesIn(stderr)];
    const facts = await situation({ homes, cwd: repo, env, mock: stage.mock });
    // it may tidy up what it made elsewhere
    child.kill("SIGTERM");
    await Promise.race([closed, pause(20_000)]);
    child.kill("SIGKILL");
    throw new Error(
      `agentpool ${args.join(" ").slice(0, 200)} did not end:\n${stdout}${stderr}\n${facts}`,
    );
  }

  const run: Work["run"] = async (args, { status = 0, input } = {}) => {
    const result = await attempt(args, input);
    if (status === "any" || result.status === status) return result;
    throw new Error(
      `agentpool ${args.join(" ").slice(0, 200)} ended with ${result.status}:\n${result.stdout}${result.stderr}`,
    );
  };
  const json: Work["json"] = async (args, options) =>
    JSON.parse((await run([...args, "--json"], options)).stdout);
  const observe: Work["observe"] = async (name, word, timeout = "60s") => {
    const args = ["observe", name, "--wait-for", word, "--timeout", timeout, "--json"];
    const { stdout, stderr } = await attempt([...args, "--detail", "full"]);
    if (stdout === "") throw new Error(`observe ${name}: ${stderr}`);
    const seen = JSON.parse(stdout) as Seen;
    if (seen.outcome === "timeout") throw new Error(await history(name, `no ${word}`));
    return seen;
  };
  const events: Work["events"] = async (name) =>
    (await json<{ events: Event[] }>(["observe", name, "--since", "0"])).events;

  async function history(name: string, what: string): Promise<string> {
    const shown = await attempt(["explain", name]);
    const all = (await events(name)).map((event) => JSON.stringify(event)).join("\n");
    const requests = stage.mock.journal.entries.map((one) => `${one.path} ${one.did}`).join("\n");
    const screen = await attempt(["explain", name, "--json"]);
    return `${what}\n${shown.stdout}${shown.stderr}\n${all}\nmodel:\n${requests}\n${screen.stdout.slice(0, 4000)}`;
  }

  const supervisor = (): number =>
    (JSON.parse(readFileSync(home.supervisorFacts, "utf8")) as { pid: number }).pid;

  return {
    ...stage,
    agent,
    home,
    run,
    json,
    observe,
    events,
    supervisor,
    spawn: async (task, flags = ["--isolation", "shared"]) => {
      named += 1;
      const name = `work${named}`;
      await run(["spawn", "-p", providerId, "--name", name, "--task-file", "-", ...flags], {
        input: task,
      });
      return name;
    },
    settled: async (name, state) => {
      let seen = await observe(name, state);
      await waitFor(
        async () => {
          seen = await json<Seen>(["observe", name, "--detail", "full"]);
          return seen.state === state && structured.includes(seen.source);
        },
        { what: `${state} by a channel` },
      ).catch(async (thrown: unknown) => {
        throw new Error(await history(name, String(thrown)), { cause: thrown });
      });
      return seen;
    },
    close: async () => {
      const listed = await attempt(["sessions", "--json"]);
      const { sessions } = JSON.parse(listed.stdout || '{"sessions":[]}') as {
        readonly sessions: readonly { readonly id: string }[];
      };
      for (const { id } of sessions) await attempt(["terminate", id]);
      await attempt(["supervisor", "stop"]);
      spawnSync("tmux", ["-S", home.tmuxSocket, "kill-server"]);
      await stage.close();
    },
  };
}

/** `try` plays in a home of its own, beside the repository it names. */
function homesIn(stderr: string): readonly string[] {
  return [...stderr.matchAll(/side by side, in (\S+)\/repository$/gm)].map(
    ([, folder]) => `${folder}/home`,
  );
}
