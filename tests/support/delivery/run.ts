// needs: tmux
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { personas } from "../../../providers/fake/personas.mjs";
import { AgentpoolError } from "../../../src/domain/errors.ts";
import { packageVersion } from "../../../src/platform/package-version.ts";
import { createRpcClient } from "../../../src/rpc/client.ts";
import { supervisorCommand } from "../../../src/supervisor/command.ts";
import { ensureSupervisor } from "../../../src/supervisor/ensure.ts";
import { repository } from "../built.ts";
import { cliHome, type CliHome } from "../cli-home.ts";
import { askingEnv, readRecord } from "../home.ts";
import { seededRandom } from "../random.ts";
import { pause } from "../../../src/platform/clock.ts";
import { waitFor } from "../wait.ts";
import { faults } from "./faults.ts";
import { emptyTally, judge, type Sent, type Tally } from "./tally.ts";
import { anySize, awkwardText } from "./texts.ts";

export interface RunPlan {
  readonly sends: number;
  /** Agents at work at the same time. */
  readonly lanes: number;
  readonly seed: string;
  /** Only this fault; all of them when absent. */
  readonly fault?: string;
  /** Texts for one agent. */
  readonly batch: number;
  readonly maxBytes: number;
  /** The supervisor is killed (`kill -9`) once in so many. */
  readonly killEachSends: number;
  /** tmux is held for a moment once in so many. */
  readonly stallEachSends: number;
}

export interface RunResult {
  readonly tally: Tally;
  readonly kills: number;
  readonly stalls: number;
  readonly seconds: number;
}

/** The dead read nothing: what comes after the first text is told, not delivered. */
const mortal = ["crash", "hang"];
/** States of a delivery that has come as far as it will. */
const final = ["accepted", "refused", "expired", "cancelled", "unconfirmed"];
/** They take texts while they work and ask nothing, so that several may be under way. */
const patient = ["completed", "slow", "multi_turn", "long_result", "idle", "error"];

/**
 * Sends texts to scripted agents of every persona through every fault, to a supervisor in a process
 * of its own that is killed now and then, answering dialogs that come in between.
 */
export async function runDeliveries(plan: RunPlan): Promise<RunResult> {
  const begun = Date.now();
  // a limit is the account's, and must hold up nobody else
  const homes = [openSender(cliHome()), openSender(cliHome())] as const;
  const tally = emptyTally();
  const tasks = assign(plan);
  const trouble = { kills: 0, stalls: 0 };
  const makeTrouble = async (): Promise<void> => {
    const due = (each: number): number => Math.floor(tally.sends / each);
    if (due(plan.killEachSends) > trouble.kills) {
      trouble.kills += 1;
      process.kill(homes[0].home.supervisor(), "SIGKILL");
    }
    if (due(plan.stallEachSends) > trouble.stalls) {
      trouble.stalls += 1;
      await stall(homes[0].home);
    }
  };
  const lane = async (): Promise<void> => {
    for (let task = tasks.shift(); task; task = tasks.shift()) {
      const sender = homes[task.persona === "limit" ? 1 : 0];
      await sendAll(sender, task, tally).catch((thrown: unknown) => {
        tally.stuck.push(`${task.persona}, ${task.fault}: ${String(thrown)}`);
      });
      // the other lanes are in the midst of theirs
      await makeTrouble();
    }
  };
  await Promise.all(Array.from({ length: plan.lanes }, lane));
  return { tally, ...trouble, seconds: Math.round((Date.now() - begun) / 1_000) };
}

interface Task {
  readonly number: number;
  readonly persona: string;
  readonly fault: string;
  readonly texts: readonly string[];
  readonly random: () => number;
}

/** Every persona and every fault in turn; their numbers have no divisor in common, so all pairs come. */
function assign(plan: RunPlan): Task[] {
  const tasks: Task[] = [];
  const [who, what] = [
    Object.keys(personas),
    plan.fault === undefined ? Object.keys(faults) : [plan.fault],
  ];
  for (let left = plan.sends, number = 0; left > 0; number++) {
    const persona = who[number % who.length] ?? "";
    const fault = what[number % what.length] ?? "";
    const random = seededRandom(`${plan.seed} ${number}`);
    const count = Math.min(left, mortal.includes(persona) ? 2 : plan.batch);
    const texts = Array.from({ length: count }, (_, i) =>
      awkwardText(number * 100 + i, anySize(plan.maxBytes, random), random),
    );
    tasks.push({ number, persona, fault, texts, random });
    left -= count;
  }
  return tasks;
}

interface Sender {
  readonly home: CliHome;
  readonly ask: <T>(
    operation: string,
    input: Record<string, unknown>,
    env?: Readonly<Record<string, string>>,
  ) => Promise<T>;
}

function openSender(home: CliHome): Sender {
  const version = packageVersion();
  const entry = supervisorCommand(join(repository, "dist", "src", "supervisor", "main.js"));
  const env = { ...askingEnv(), AGENTPOOL_HOME: home.home.root };
  const client = createRpcClient({
    socketPath: home.home.supervisorSocket,
    version,
    reconnect: () => ensureSupervisor({ home: home.home, env, version, entry }),
  });
  return {
    home,
    ask: async <T>(operation: string, input: Record<string, unknown>, more = {}) =>
      (await client.call(operation, {
        input,
        env: { ...env, ...more },
        cwd: home.folder,
      })) as T,
  };
}

async function sendAll(sender: Sender, task: Task, tally: Tally): Promise<void> {
  const record = join(sender.home.folder, `record-${task.number}.jsonl`);
  const [first = "", ...rest] = task.texts;
  const spawned = await sender.ask<{ session_id: string; delivery: { id: string } | null }>(
    "session.spawn",
    {
      provider_id: "fake",
      task: first,
      isolation: "shared",
      repo_path: sender.home.folder,
      provider_options: {
        record,
        persona: task.persona,
        seed: String(task.number + 1),
        pace_ms: "1",
        ...(task.persona === "limit" ? { limit_s: "1" } : {}),
        ...(task.persona === "slow" ? { slow_s: "1" } : {}),
        ...(task.persona === "long_result" ? { long_chars: "4000" } : {}),
        ...faults[task.fault],
      },
    },
    // a limit that one meets would stop all others of its account
    { FAKE_AGENT_HOME: join(sender.home.folder, `account-${task.number}`) },
  );
  const agent: SentAgent = { ...sender, id: spawned.session_id };
  const ends = mortal.includes(task.persona);
  const fates: Fate[] = [{ id: spawned.delivery?.id ?? "none" }];
  await settle(agent, fates, ends ? ["running", "failed"] : ["idle"]);
  while (rest.length > 0) {
    const together = patient.includes(task.persona) && task.random() < 0.2 ? 3 : 1;
    for (const text of rest.splice(0, together)) fates.push(await sendOne(agent, text, together));
    if (!ends) await settle(agent, fates, ["idle"]);
  }
  await agent.ask("session.terminate", { session_id: agent.id });
  const { deliveries, turns } = await show(agent);
  judge(tally, {
    persona: task.persona,
    fault: task.fault,
    sent: task.texts.map((text, i) => tell(text, fates[i], deliveries)),
    ownTexts: deliveries
      .filter(({ author }) => author !== "person")
      .flatMap(({ turn_id: id }) => turns.find((turn) => turn.id === id)?.prompt ?? []),
    record: readRecord(record),
  });
  rmSync(record, { force: true });
}

/** A text's delivery, or why there is none. */
type Fate = { readonly id: string } | { readonly refused: string };

async function sendOne(agent: SentAgent, message: string, together: number): Promise<Fate> {
  const wait = together > 1 ? "none" : "accepted";
  const input = { session_id: agent.id, message, wait, timeout_seconds: 3 };
  try {
    const { delivery } = await agent.ask<{ delivery: { id: string } | null }>(
      "session.send",
      input,
    );
    return delivery ?? { refused: "it became the answer of a question" };
  } catch (thrown) {
    const { code, message: why } = AgentpoolError.from(thrown);
    return { refused: `${code}: ${why}` };
  }
}

function tell(text: string, fate: Fate | undefined, receipts: readonly Receipt[]): Sent {
  if (fate && "refused" in fate) return { text, state: "refused", because: fate.refused };
  const receipt = receipts.find(({ id }) => id === fate?.id);
  return { text, state: receipt?.state ?? "gone", because: receipt?.because ?? null };
}

interface SentAgent extends Sender {
  readonly id: string;
}

interface Receipt {
  readonly id: string;
  readonly turn_id: string | null;
  readonly author: string;
  readonly state: string;
  readonly because: string | null;
}

/** Answers dialogs until the agent is in one of these states, and idle without a text on its way. */
async function settle(
  agent: SentAgent,
  fates: readonly Fate[],
  states: readonly string[],
): Promise<void> {
  let last = "";
  await waitFor(
    async () => {
      const seen = await agent.ask<{ prompts: { id: string; options: { label: string }[] }[] }>(
        "session.observe",
        {
          session_id: agent.id,
          wait_for: [...states, "awaiting_input", "awaiting_approval", "exit"],
          timeout_seconds: 5,
        },
      );
      const [prompt] = seen.prompts;
      const option = prompt?.options.at(-1)?.label;
      if (prompt && option !== undefined) {
        const answer = { session_id: agent.id, prompt_id: prompt.id, option };
        await agent.ask("session.answer", answer).catch(() => undefined);
        return undefined;
      }
      // state and receipts of one moment
      const { session, deliveries } = await show(agent);
      last = `${session.state}: ${session.because}`;
      // where only the screen tells of a limit, nobody knows its end but a person
      if (session.state === "limited" && session.limited_until === null) {
        await liftLimitOf(agent);
        return undefined;
      }
      if (!states.includes(session.state)) return undefined;
      if (session.state !== "idle" || areTold(deliveries, fates)) return true;
      // a text is about to be typed, and may bring the next dialog
      await pause(50);
      return undefined;
    },
    { timeoutMs: 90_000, what: `${states.join(" or ")} of ${agent.id}` },
  ).catch(async (thrown: unknown) => {
    const { deliveries } = await show(agent);
    const { observations } = await agent.ask<{ observations: readonly object[] }>(
      "session.explain",
      { session_id: agent.id },
    );
    const heard = JSON.stringify({
      deliveries: deliveries.slice(-3),
      heard: observations.slice(-8),
    });
    throw new Error(`${String(thrown)}; it was ${last}; ${heard}`, { cause: thrown });
  });
}

async function liftLimitOf(agent: SentAgent): Promise<void> {
  const { accounts } = await agent.ask<{
    accounts: readonly { readonly account_id: string; readonly met_by: string | null }[];
  }>("account.list", {});
  const own = accounts.find((account) => account.met_by === agent.id);
  if (own) await agent.ask("account.lift", { account_id: own.account_id });
}

/** Whether nothing more will be heard of any text. */
function areTold(receipts: readonly Receipt[], fates: readonly Fate[]): boolean {
  return fates.every(
    (fate) =>
      "refused" in fate ||
      receipts.some(({ id, state }) => id === fate.id && final.includes(state)),
  );
}

interface Shown {
  readonly session: {
    readonly state: string;
    readonly because: string;
    readonly limited_until: string | null;
  };
  readonly turns: readonly { readonly id: string; readonly prompt: string }[];
  readonly deliveries: readonly Receipt[];
}

function show(agent: SentAgent): Promise<Shown> {
  return agent.ask<Shown>("session.show", { session_id: agent.id });
}

/** Holds the tmux server for a moment. */
async function stall(home: CliHome): Promise<void> {
  const { stdout } = spawnSync(
    "tmux",
    ["-S", home.home.tmuxSocket, "display-message", "-p", "#{pid}"],
    { encoding: "utf8", timeout: 5_000 },
  );
  const pid = Number(stdout);
  if (!(pid > 1)) throw new Error(`no tmux server: ${stdout}`);
  process.kill(pid, "SIGSTOP");
  try {
    await pause(700);
  } finally {
    process.kill(pid, "SIGCONT");
  }
}
