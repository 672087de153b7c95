import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AgentpoolError } from "../domain/errors.ts";
import type { NewEvent } from "../domain/event.ts";
import { formatPrincipal, type Principal } from "../domain/principal.ts";
import type { OptionRole, Prompt } from "../domain/prompt.ts";
import { isEndState, type Session } from "../domain/session.ts";
import type { WaitWord } from "../domain/words.ts";
import { newId } from "../platform/new-id.ts";
import { redact } from "../platform/redact.ts";
import { plainText } from "../provider/ansi.ts";
import type { Asker } from "./asker.ts";
import { collectArtifacts, type Collected } from "./artifacts/collect.ts";
import { collectedBefore } from "./artifacts/collected-before.ts";
import { manifestOf, type ManifestEntry } from "./artifacts/manifest.ts";
import {
  readTranscript,
  type TranscriptPage,
  type TranscriptRequest,
} from "./artifacts/read-transcript.ts";
import { TranscriptIndex } from "./artifacts/transcript-index.ts";
import { endSession, type Ended } from "./end.ts";
import { explainSession, type Explained } from "./explain.ts";
import { findAnswered, takesNoText } from "./answer.ts";
import { InTurn } from "./in-turn.ts";
import { parseKeys, refuseRawKeys } from "./press-keys.ts";
import { lineageOf, sessionsIn } from "./lineage.ts";
import { readLaunch, secretsOf } from "./launch-record.ts";
import { agentsPart } from "./policy/agents-part.ts";
import { refuseAnswerer, refuseStranger } from "./policy/who-answers.ts";
import { trespassesOf } from "./leases/trespasses.ts";
import { resolveSession } from "./resolve.ts";
import { resumeAll, type RecoveredSession, type ResumeAll } from "./resume-all.ts";
import {
  checkPrompt,
  checkResumable,
  resumeSession,
  type Resume,
  type ResumedSession,
} from "./resume.ts";
import { answerWithText, checkText, sendText, type Send, type Sent } from "./send.ts";
import { planSession, spawnSession, type SpawnParts } from "./spawn.ts";
import type { Spawned, SpawnRequest } from "./spawn-request.ts";
import { waitFor, type Waited } from "./wait.ts";
import { isStill, type DiffedWork } from "./workspace/diff.ts";
import { removeSnapshot } from "./workspace/snapshot.ts";

/** Who waits for an end does not wait long for the files. */
const lastLookMs = 10_000;

export type Choice =
  | { readonly label: string }
  | { readonly role: OptionRole }
  | { readonly text: string };

/** Everything that can be asked of the sessions of this home. */
export class Sessions {
  readonly #parts: SpawnParts;
  /** What writes or removes files of one session goes on after what was asked before it. */
  readonly #collecting = new InTurn();
  /** Of sessions whose latest collect brought their diff: what that shows. */
  readonly #withDiff = new Map<string, DiffedWork>();
  readonly #transcripts = new TranscriptIndex();

  constructor(parts: SpawnParts) {
    this.#parts = parts;
  }

  /** @throws session_not_found, ambiguous_id */
  resolve(idOrName: string): Promise<Session> {
    return resolveSession(this.#parts.store, idOrName);
  }

  spawn(request: SpawnRequest, asker: Asker): Promise<Spawned> {
    return spawnSession(this.#parts, request, asker);
  }

  /** What a spawn would start, with every refusal it would meet; nothing is made. */
  plan(request: SpawnRequest, asker: Asker): Promise<Spawned> {
    return planSession(this.#parts, request, asker);
  }

  async resume(idOrName: string, request: Resume, asker: Asker): Promise<ResumedSession> {
    const session = await this.#actOn(idOrName, asker.principal);
    if (request.dryRun) {
      const { definition } = await checkResumable(this.#parts, session, asker.principal);
      if (request.prompt !== null) checkPrompt(definition, request.prompt);
      return { session, fromState: session.state, delivery: null, warnings: [] };
    }
    return resumeSession(this.#parts, session.id, request, asker);
  }

  /** All that ended without anybody's will, newest first. */
  recover(request: ResumeAll, asker: Asker): Promise<readonly RecoveredSession[]> {
    return resumeAll(this.#parts, request, asker);
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
      readonly dryRun?: boolean;
    },
    asker: Asker,
  ): Promise<{ readonly session: Session; readonly prompt: Prompt }> {
    const session = await this.#actOn(input.session, asker.principal);
    await this.#refuseForStarter(session, asker.principal);
    const requestKey = asker.idempotencyKey;
    const live = this.#parts.workers.get(session.id)?.live;
    const before = await findAnswered(live, this.#parts, session.id, requestKey);
    if (before) return { session: await this.resolve(session.id), prompt: before };
    const worker = this.#parts.workers.require(session);
    const author = formatPrincipal(asker.principal);
    const { choice } = input;
    await this.#mayAnswer(session, input.prompt, asker.principal);
    if ("text" in choice) {
      const meant = await this.#textPrompt(session, input.prompt, input.fingerprint);
      if (input.dryRun) {
        checkText(choice.text);
        const answer = { label: null, text: choice.text, author, via: "keys" } as const;
        return { session, prompt: { ...meant, answer } };
      }
      const { id } = meant;
      const words = { promptId: id, text: choice.text, author, requestKey };
      const answered = await worker.answerInWords(words);
      if (answered) return { session: await this.resolve(session.id), prompt: answered };
      const sent = await answerWithText(this.#parts, worker, id, choice.text, asker);
      if (sent.timedOut || sent.delivery?.state !== "accepted") {
        throw new AgentpoolError("answer_unconfirmed", `The text was not taken by ${id}`, {
          why: sent.delivery?.because ?? "The agent has not shown that it took the answer.",
          hint: `agentpool explain ${session.id}`,
        });
      }
      const prompt = await this.#parts.store.prompts.get(id);
      if (!prompt) throw new AgentpoolError("internal", `The answered prompt ${id} is gone`);
      return { session: await this.resolve(session.id), prompt };
    }
    const prompt = await worker.answer({
      option: choice,
      author,
      requestKey,
      ...(input.prompt === null ? {} : { promptId: input.prompt }),
      ...(input.fingerprint === null ? {} : { fingerprint: input.fingerprint }),
      ...(input.dryRun === undefined ? {} : { dryRun: input.dryRun }),
    });
    return { session: await this.resolve(session.id), prompt };
  }

  async interrupt(idOrName: string, asker: Asker): Promise<Session> {
    const session = await this.#actOn(idOrName, asker.principal);
    const worker = this.#parts.workers.require(session);
    await worker.interrupt(formatPrincipal(asker.principal), asker.idempotencyKey);
    return this.resolve(session.id);
  }

  /** @throws policy_blocked unless raw keys are allowed */
  async keys(
    idOrName: string,
    request: { readonly keys: readonly string[]; readonly dryRun: boolean },
    asker: Asker,
  ): Promise<{ readonly session: Session; readonly keys: readonly string[] }> {
    const session = await this.#actOn(idOrName, asker.principal);
    await this.#mayType(session, asker.principal);
    const keys = parseKeys(request.keys);
    await refuseRawKeys(this.#parts, session.workspace.workPath);
    const worker = this.#parts.workers.require(session);
    const author = formatPrincipal(asker.principal);
    if (!request.dryRun) await worker.press({ keys, author, requestKey: asker.idempotencyKey });
    return { session: await this.resolve(session.id), keys };
  }

  /**
   * A start that is under way is stopped. Files that were collected before, of work that nobody
   * changed since, are written a last time, and final.
   * @param options `collected`: its files were just written, and are final with its end; `ask`: it is
   *   told to leave by its own keys first
   */
  async terminate(
    idOrName: string,
    asker: Asker,
    options: { readonly collected?: boolean; readonly ask?: boolean } = {},
  ): Promise<Ended> {
    let session = await this.#actOn(idOrName, asker.principal);
    const { starter, workers } = this.#parts;
    if (await starter.stop(session.id, formatPrincipal(asker.principal))) {
      session = await this.resolve(session.id);
      if (isEndState(session.state)) return { session, alreadyEnded: false, survivors: [] };
    }
    // the end takes the values of its environment away, which must not stand in a diff
    const known = await this.#secretsOf(session.id);
    const ended = await endSession(this.#parts, workers, session, asker.principal, options);
    if (isEndState(ended.session.state)) {
      const { session: over } = ended;
      await this.#collecting.run(over.id, () =>
        options.collected === true ? this.#forgetBase(over) : this.#collectLast(over, known),
      );
    }
    return ended;
  }

  /** Removes the files and the record of a session that is over. @throws session_live */
  async remove(idOrName: string, asker: Asker): Promise<void> {
    const { id } = await this.#actOn(idOrName, asker.principal);
    const { machine, home, store, workers, now } = this.#parts;
    await this.#collecting.run(id, () =>
      workers.betweenRuns(id, async () => {
        const session = await store.sessions.get(id);
        if (session && !isEndState(session.state)) throw isLiveAgain(session);
        // the record goes last: while it is there, this can be asked for again
        await removeSnapshot(machine, home.session(id).objects);
        await machine.remove(home.session(id).root);
        if (session && !(await store.remove(id, [removal(session, asker, now())]))) {
          throw isLiveAgain(session);
        }
      }),
    );
    this.#withDiff.delete(id);
  }

  /**
   * Waits until one of the words holds. Ends early when the agent asks something or the session
   * ends, since what is waited for could then never come.
   */
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
      {
        signal,
        onOutput: (id, listener) => this.#parts.workers.onOutput(id, listener),
        waitsForPerson: (prompt) =>
          this.#parts.workers.get(prompt.sessionId)?.waitsForPerson(prompt) ?? true,
      },
    );
    return { ...waited, session: await this.resolve(session.id) };
  }

  /** @throws session_ended; as `keys` for an agent that would type */
  async attach(
    idOrName: string,
    write: boolean,
    { principal }: Pick<Asker, "principal">,
  ): Promise<{
    readonly session: Session;
    readonly argv: readonly string[];
    readonly detachKeys: string;
  }> {
    const session = await (write ? this.#actOn(idOrName, principal) : this.resolve(idOrName));
    if (write) await this.#mayType(session, principal);
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

  /** The screen as it is now, or as it was last; redacted plain text. */
  async screen(session: Session): Promise<{ readonly text: string; readonly live: boolean }> {
    const worker = this.#parts.workers.get(session.id);
    const look = await worker?.screen.look();
    if (worker && look) {
      const text = look.screen.lines.map(plainText).join("\n").trimEnd();
      return { text: redact(text, worker.secrets), live: true };
    }
    const file = join(this.#parts.home.session(session.id).root, "last-screen.txt");
    return { text: await readFile(file, "utf8").catch(() => ""), live: false };
  }

  async explain(idOrName: string, at: number | null): Promise<Explained> {
    const session = await this.resolve(idOrName);
    return explainSession(this.#parts, session, this.#parts.workers.get(session.id), at);
  }

  /**
   * Writes the session's files; two collections of one session follow each other. The first one
   * after its end is final.
   * @param options `closes`: the session is about to be ended
   */
  async collect(
    idOrName: string,
    options: { readonly closes?: boolean } = {},
  ): Promise<
    Omit<Collected, "diffOf" | "writes" | "events"> & {
      readonly session: Session;
      readonly folder: string;
    }
  > {
    const session = await this.resolve(idOrName);
    const closes = options.closes === true;
    return this.#collecting.run(session.id, () => this.#collect(session, { closes }));
  }

  async manifest(session: Session): Promise<ManifestEntry[]> {
    const { machine, home, store } = this.#parts;
    const recorded = await store.artifacts.ofSession(session.id);
    return [...(await manifestOf(machine, home.session(session.id).artifacts, recorded))];
  }

  async transcript(session: Session, range: TranscriptRequest): Promise<TranscriptPage> {
    const { machine, store, home } = this.#parts;
    const known = await this.#secretsOf(session.id);
    return readTranscript(
      { machine, transcripts: store.transcripts, index: this.#transcripts, known },
      session,
      home.session(session.id),
      range,
    );
  }

  async #collect(
    session: Session,
    options: { readonly closes: boolean; readonly known?: readonly string[] },
  ): ReturnType<Sessions["collect"]> {
    const { machine, store, home, now } = this.#parts;
    const worker = this.#parts.workers.get(session.id);
    await worker?.drain();
    const fresh = await this.resolve(session.id);
    const folder = home.session(session.id);
    const before = await collectedBefore({ machine, store }, fresh, folder);
    if (before) return { ...before, session: fresh, folder: folder.artifacts };
    const screen = await this.screen(fresh);
    const { diffOf, writes, events, ...collected } = await collectArtifacts(
      { machine, store, now, newId: (kind) => newId(kind, now()) },
      fresh,
      {
        folder,
        screen: screen.text === "" ? null : screen.text,
        litter: (await this.#parts.provider(fresh.providerId)).litter ?? [],
        known: options.known ?? (await this.#secretsOf(fresh.id)),
        closes: options.closes,
        judge: (paths) => trespassesOf(this.#parts, fresh, paths),
      },
    );
    const committed = await store.commit({ guards: [], writes, events });
    if (!committed.ok) {
      throw new AgentpoolError("conflict", `The files of ${session.id} could not be recorded`, {
        details: { guard: committed.guard },
      });
    }
    if (diffOf === null) this.#withDiff.delete(fresh.id);
    else this.#withDiff.set(fresh.id, diffOf);
    if (isEndState(fresh.state)) await this.#forgetBase(fresh);
    return { ...collected, session: fresh, folder: folder.artifacts };
  }

  /**
   * Makes the files of a session final that were collected while it lived, and with that lets go
   * of what its diff was compared with. Only where the diff stays what it is: somebody may have
   * taken the work away since, and the diff that was kept must not become an empty one.
   */
  async #collectLast(session: Session, known: readonly string[]): Promise<void> {
    const then = this.#withDiff.get(session.id);
    if (!then) return;
    const { machine, home, log } = this.#parts;
    const { objects } = home.session(session.id);
    try {
      const call = { objects, timeoutMs: lastLookMs };
      if (await isStill(machine, session.workspace, then, call)) {
        await this.#collect(session, { closes: true, known });
      }
    } catch (thrown) {
      // the session is over all the same, and can be collected for as long as its base is kept
      log("warn", "the files of a session were not made final", {
        session: session.id,
        error: String(thrown),
      });
    }
  }

  /** What must be kept out of texts; nothing once the raw ones were sealed, for nothing is left. */
  async #secretsOf(id: string): Promise<readonly string[]> {
    const { workers, machine, home } = this.#parts;
    const worker = workers.get(id);
    if (worker) return worker.secrets;
    const record = await readLaunch(machine, home.session(id));
    return record ? secretsOf(record.env) : [];
  }

  /** Removes what the diff was compared with, which holds files as they were, secrets and all. */
  async #forgetBase(session: Session): Promise<void> {
    const { machine, store, home } = this.#parts;
    const recorded = await store.artifacts.ofSession(session.id);
    const isKept = recorded.some((artifact) => artifact.kind === "diff");
    if (isKept && this.#withDiff.has(session.id)) {
      await removeSnapshot(machine, home.session(session.id).objects);
    }
  }

  async #textPrompt(
    session: Session,
    id: string | null,
    fingerprint: string | null,
  ): Promise<Prompt> {
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
    if (fingerprint !== null && fingerprint !== prompt.fingerprint) {
      throw new AgentpoolError("prompt_changed", `Session ${session.id} asks something else now`, {
        why: `${prompt.id} has the fingerprint ${prompt.fingerprint}. Nothing was typed.`,
        hint: `agentpool observe ${session.id}`,
        details: { prompt_id: prompt.id },
      });
    }
    if (prompt.kind !== "question" || !prompt.acceptsText) {
      throw takesNoText(prompt);
    }
    return prompt;
  }

  /** What is typed may answer a dialog. @throws policy_blocked, not_decider */
  async #mayType(session: Session, principal: Principal): Promise<void> {
    await this.#refuseForStarter(session, principal);
    const agent = await agentsPart(this.#parts.store, principal, session.id);
    refuseStranger(session, session.id, { principal, agent });
  }

  /** @throws policy_blocked, not_decider for an agent where a dialog is for others */
  async #mayAnswer(session: Session, id: string | null, principal: Principal): Promise<void> {
    if (principal.kind === "person") return;
    const config = await this.#parts.config();
    const agent = await agentsPart(this.#parts.store, principal, session.id);
    for (const prompt of await this.#parts.store.prompts.open(session.id)) {
      if (id !== null && !prompt.id.startsWith(id)) continue;
      refuseAnswerer(session, prompt, { principal, config, agent });
    }
  }

  /** Whoever a session started acts for it, and answers its dialogs as little as it may itself. */
  async #refuseForStarter({ id }: Session, principal: Principal): Promise<void> {
    if (principal.kind !== "session") return;
    if (!sessionsIn(await lineageOf(this.#parts.store, principal)).includes(id)) return;
    throw new AgentpoolError("policy_blocked", `${principal.sessionId} cannot answer for ${id}`, {
      why: `It acts for ${id}, which started it; an agent must not answer its own dialogs.`,
      hint: "Let the person or the agent that started that one do this.",
      details: { policy: "acts_on_itself", session_id: id },
    });
  }

  /** The session to act on. A session may read others; it acts only on what it is not itself. */
  async #actOn(idOrName: string, principal: Principal): Promise<Session> {
    const session = await this.resolve(idOrName);
    if (principal.kind === "session" && principal.sessionId === session.id) {
      throw new AgentpoolError("policy_blocked", `Session ${session.id} cannot act on itself`, {
        why: "The command came from a process of that session; an agent must not answer its own dialogs.",
        hint: "Let the person or the agent that started it do this.",
        details: { policy: "acts_on_itself", session_id: session.id },
      });
    }
    return session;
  }
}

function removal({ id, name }: Session, { principal }: Asker, at: number): NewEvent {
  const by = formatPrincipal(principal);
  return {
    sessionId: null,
    at,
    body: { type: "session_removed", removed_session_id: id, name, by },
  };
}

function isLiveAgain({ id }: Session): AgentpoolError {
  return new AgentpoolError("session_live", `Session ${id} lives`, {
    hint: `agentpool terminate ${id}`,
    details: { session_id: id },
  });
}
