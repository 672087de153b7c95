import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AgentpoolError } from "../domain/errors.ts";
import { formatPrincipal, type Principal } from "../domain/principal.ts";
import type { OptionRole, Prompt } from "../domain/prompt.ts";
import type { Session } from "../domain/session.ts";
import type { WaitWord } from "../domain/words.ts";
import { redact } from "../platform/redact.ts";
import { plainText } from "../provider/ansi.ts";
import { endSession, type Ended } from "./end.ts";
import { explainSession, type Explained } from "./explain.ts";
import { resolveSession } from "./resolve.ts";
import { answerWithText, sendText, type Send, type Sent } from "./send.ts";
import { spawnSession, type Spawn, type Spawned, type SpawnParts } from "./spawn.ts";
import { waitFor, type Waited } from "./wait.ts";

/** Who asks and how. */
export interface Asker {
  readonly principal: Principal;
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
}

export type Choice =
  | { readonly label: string }
  | { readonly role: OptionRole }
  | { readonly text: string };

/** Everything that can be asked of the sessions of this home. */
export class Sessions {
  readonly #parts: SpawnParts;

  constructor(parts: SpawnParts) {
    this.#parts = parts;
  }

  resolve(idOrName: string): Promise<Session> {
    return resolveSession(this.#parts.store, idOrName);
  }

  spawn(request: Spawn, asker: Asker): Promise<Spawned> {
    return spawnSession(this.#parts, request, asker);
  }

  async send(
    request: Send & { readonly session: string },
    asker: Asker,
  ): Promise<Sent & { readonly session: Session }> {
    const session = await this.#actOn(request.session, asker.principal);
    const worker = this.#parts.workers.require(session);
    const sent = await sendText(this.#parts, worker, request, asker);
    return { ...sent, session: await this.resolve(session.id) };
  }

  async answer(
    input: {
      readonly session: string;
      readonly prompt: string | null;
      readonly fingerprint: string | null;
      readonly choice: Choice;
    },
    asker: Asker,
  ): Promise<{ readonly session: Session; readonly prompt: Prompt }> {
    const session = await this.#actOn(input.session, asker.principal);
    const worker = this.#parts.workers.require(session);
    const author = formatPrincipal(asker.principal);
    const { choice } = input;
    if ("text" in choice) {
      const prompt = await this.#textPrompt(session, input.prompt);
      const sent = await answerWithText(this.#parts, worker, prompt.id, choice.text, asker);
      if (sent.timedOut || sent.delivery?.state !== "accepted") {
        throw new AgentpoolError("answer_unconfirmed", `The text was not taken by ${prompt.id}`, {
          why: sent.delivery?.because ?? "The agent has not shown that it took the answer.",
          hint: `agentpool explain ${session.id}`,
        });
      }
    } else {
      const prompt = await worker.answer({
        option: choice,
        author,
        ...(input.prompt === null ? {} : { promptId: input.prompt }),
        ...(input.fingerprint === null ? {} : { fingerprint: input.fingerprint }),
      });
      return { session: await this.resolve(session.id), prompt };
    }
    const after = await this.#parts.store.prompts.ofSession(session.id);
    const prompt = after.findLast((one) => one.answer !== null);
    if (!prompt)
      throw new AgentpoolError("internal", `The answered prompt of ${session.id} is gone`);
    return { session: await this.resolve(session.id), prompt };
  }

  async interrupt(idOrName: string, asker: Asker): Promise<Session> {
    const session = await this.#actOn(idOrName, asker.principal);
    const worker = this.#parts.workers.require(session);
    await worker.interrupt(formatPrincipal(asker.principal));
    return this.resolve(session.id);
  }

  async terminate(idOrName: string, asker: Asker): Promise<Ended> {
    const session = await this.#actOn(idOrName, asker.principal);
    return endSession(this.#parts, this.#parts.workers, session, asker.principal);
  }

  async wait(
    request: {
      readonly session: string;
      readonly words: readonly WaitWord[];
      readonly since: number | null;
      readonly timeoutMs: number;
    },
    signal: AbortSignal,
  ): Promise<Waited & { readonly session: Session }> {
    const session = await this.resolve(request.session);
    // a look is a look at the present screen, not at what was last read of it
    await this.#parts.workers.get(session.id)?.screen.look();
    const waited = await waitFor(
      this.#parts.store,
      { ...request, sessionId: session.id },
      { signal, onOutput: (id, listener) => this.#parts.workers.onOutput(id, listener) },
    );
    return { ...waited, session: await this.resolve(session.id) };
  }

  async attach(
    idOrName: string,
    write: boolean,
  ): Promise<{
    readonly session: Session;
    readonly argv: readonly string[];
    readonly detachKeys: string;
  }> {
    const session = await this.resolve(idOrName);
    const place = session.terminal;
    const info = place
      ? (await this.#parts.host.list()).find((one) => one.sessionId === session.id)
      : undefined;
    if (!place || !info) {
      throw new AgentpoolError("session_ended", `Session ${session.id} has no pane any more`, {
        why: `It ended ${session.state}: ${session.stateBecause}.`,
        hint: `Its last screen: agentpool observe ${session.id} --detail full`,
      });
    }
    return { session, ...(await this.#parts.host.viewer(place, { write })) };
  }

  async screen(session: Session): Promise<{ readonly text: string; readonly live: boolean }> {
    const look = await this.#parts.workers.get(session.id)?.screen.look();
    if (look) {
      const text = look.screen.lines.map(plainText).join("\n").trimEnd();
      return { text: redact(text), live: true };
    }
    const file = join(this.#parts.home.session(session.id).root, "last-screen.txt");
    return { text: await readFile(file, "utf8").catch(() => ""), live: false };
  }

  async explain(idOrName: string, at: number | null): Promise<Explained> {
    const session = await this.resolve(idOrName);
    return explainSession(this.#parts, session, this.#parts.workers.get(session.id), at);
  }

  manifest(): Promise<[]> {
    return Promise.resolve([]);
  }

  async #textPrompt(session: Session, id: string | null): Promise<Prompt> {
    const open = await this.#parts.store.prompts.open(session.id);
    const meant = id === null ? open : open.filter((prompt) => prompt.id.startsWith(id));
    const [prompt] = meant;
    if (!prompt || meant.length > 1) {
      throw new AgentpoolError(
        prompt ? "ambiguous_id" : "prompt_not_found",
        prompt
          ? `Session ${session.id} has ${meant.length} open prompts`
          : `Session ${session.id} has no open prompt${id === null ? "" : ` "${id}"`}`,
        { hint: `agentpool observe ${session.id}` },
      );
    }
    if (prompt.kind !== "question" || !prompt.acceptsText) {
      throw new AgentpoolError("option_not_found", `Prompt ${prompt.id} takes no free text`, {
        why: `It offers: ${prompt.options.map((option) => `"${option.label}"`).join(", ")}.`,
        hint: `agentpool answer ${session.id} --prompt ${prompt.id} --option "<label>"`,
      });
    }
    return prompt;
  }

  /** The session to act on. A session may read others; it acts only on what it is not itself. */
  async #actOn(idOrName: string, principal: Principal): Promise<Session> {
    const session = await this.resolve(idOrName);
    if (principal.kind === "session" && principal.sessionId === session.id) {
      throw new AgentpoolError("policy_blocked", `Session ${session.id} cannot act on itself`, {
        why: "The command came from a process of that session; an agent must not answer its own dialogs.",
        hint: "Let the person or the agent that started it do this.",
      });
    }
    return session;
  }
}
