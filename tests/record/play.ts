/** Plays a scenario with an agent, through our own operations, and records it. */
import { AgentpoolError } from "../../src/domain/errors.ts";
import { person } from "../../src/domain/principal.ts";
import type { Session } from "../../src/domain/session.ts";
import { operations } from "../../src/operations/index.ts";
import { homeFrom } from "../../src/platform/home.ts";
import { createInlineCaller } from "../../src/rpc/inline.ts";
import type { Role } from "../../src/supervisor/role.ts";
import { waitFor } from "../support/wait.ts";
import { stage } from "./on-stage.ts";
import type { Scenario, Size, Turn } from "./scenarios.ts";
import { Take } from "./take.ts";
import { writeRecording, type Recorded } from "./write.ts";

export interface Player {
  readonly role: Role;
  readonly env: Readonly<Record<string, string>>;
  readonly repo: string;
  readonly provider: string;
  readonly version: string;
  readonly options?: Readonly<Record<string, string>>;
}

/** @throws what went wrong, after what there is by then was written into `folder` */
export async function record(
  player: Player,
  scenario: Scenario,
  where: { readonly size: Size; readonly folder: string },
): Promise<Recorded> {
  const { size, folder } = where;
  stage.size = size;
  stage.told = [];
  // the model refuses the same words only so often
  const turns = scenario.turns.map((turn) =>
    turn.person === "limited" || turn.person === "spent"
      ? { ...turn, text: `${turn.text} (${scenario.name} of ${size.cols})` }
      : turn,
  );
  const scene = new Scene(player);
  const take = await scene.start(turns[0]?.text ?? "");
  let failure: unknown;
  try {
    for (const [index, turn] of turns.entries()) {
      if (index > 0) {
        take.acts.push(Date.now());
        await scene.send(turn.text);
      }
      await scene.goAlong(turn, take, index + 1);
    }
  } catch (thrown) {
    failure = thrown;
  }
  await take.end();
  take.told.push(...stage.told);
  await scene.end();
  const { provider, version } = player;
  const recorded = writeRecording(
    folder,
    { provider, version, scenario: scenario.name, ...size },
    take,
  );
  if (failure) throw failure as Error;
  return recorded;
}

class Scene {
  readonly #player: Player;
  #id = "";

  constructor(player: Player) {
    this.#player = player;
  }

  async start(task: string): Promise<Take> {
    const { provider, options, env } = this.#player;
    const request = {
      provider_id: provider,
      task,
      isolation: "shared",
      ...(options ? { provider_options: options } : {}),
    };
    // on a busy machine a program may not tell its version in time
    const { session_id: id } = await waitFor(
      () =>
        this.#ask<{ session_id: string }>("session.spawn", request).catch((thrown: unknown) => {
          if (thrown instanceof AgentpoolError && thrown.code === "provider_not_installed") {
            return undefined;
          }
          throw thrown;
        }),
      { timeoutMs: 90_000, what: "the program" },
    );
    this.#id = id;
    const { terminal } = (await this.#session()) ?? {};
    return new Take({
      socket: terminal?.socket ?? "",
      pane: terminal?.pane ?? "",
      log: `${homeFrom(env).session(id).terminal}/terminal.1.log`,
    });
  }

  async send(text: string): Promise<void> {
    await this.#ask("session.send", { session_id: this.#id, message: text, wait: "none" });
  }

  async end(): Promise<void> {
    await this.#ask("session.terminate", { session_id: this.#id });
  }

  async goAlong(turn: Turn, take: Take, n: number): Promise<void> {
    const { store } = this.#player.role.app;
    const act = async (name: string, input: object): Promise<void> => {
      take.acts.push(Date.now());
      await this.#ask(name, { session_id: this.#id, ...input });
    };
    switch (turn.person) {
      case "first":
      case "last": {
        const [prompt] = await this.#until("a question", async () => {
          const open = await store.prompts.open(this.#id);
          return open.length > 0 && open[0]?.options.length !== 0 ? open : undefined;
        });
        await dwell();
        const own = prompt?.options.filter(({ label }) => turn.text.includes(label)) ?? [];
        const option = turn.person === "first" ? own[0] : own.at(-1);
        await act("session.answer", { prompt_id: prompt?.id, option: option?.label });
        break;
      }
      case "limited":
        await this.#until("limited", async () => (await this.#session())?.state === "limited");
        await dwell();
        break;
      case "spent":
        await this.#until("limited", async () => (await this.#session())?.state === "limited");
        await dwell();
        await act("session.interrupt", {});
        await this.#ask("account.lift", { account_id: (await this.#session())?.accountId });
        break;
      case "interrupt":
        await this.#until("running", async () => (await this.#session())?.state === "running");
        await dwell();
        await dwell();
        await act("session.interrupt", {});
        break;
      default:
    }
    let answered = "";
    await this.#until("the end of the turn", async () => {
      const now = await this.#session();
      const [prompt] = await store.prompts.open(this.#id);
      if (prompt?.state === "open" && prompt.id !== answered) {
        if (prompt.options.length === 0 && prompt.channel === null) return undefined;
        await dwell();
        answered = prompt.id;
        const deny = turn.person === "deny";
        await act(deny ? "session.deny" : "session.approve", { prompt_id: prompt.id });
      }
      return now?.state === "idle" && now.turnCount >= n && now.currentTurnId === null;
    });
    await dwell();
  }

  async #until<T>(what: string, probe: () => Promise<T | undefined | false>): Promise<T> {
    return waitFor(probe, { timeoutMs: 100_000, what }).catch(async (thrown: unknown) => {
      const why = await this.#ask<object>("session.explain", { session_id: this.#id });
      throw new Error(`${String(thrown)}: ${JSON.stringify(why).slice(0, 3_000)}`, {
        cause: thrown,
      });
    });
  }

  async #session(): Promise<Session | undefined> {
    return (await this.#player.role.app.store.sessions.get(this.#id)) ?? undefined;
  }

  async #ask<T>(name: string, input: object): Promise<T> {
    const { role, env, repo } = this.#player;
    const caller = createInlineCaller({ operations, app: role.app, principal: person });
    return (await caller.call(name, {
      input: input as Record<string, unknown>,
      env,
      cwd: repo,
    })) as T;
  }
}

/** Long enough for a frame that is surely of what is shown now, on a busy machine too. */
async function dwell(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 2_500));
}
