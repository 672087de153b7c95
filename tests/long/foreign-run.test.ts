/** Every operation, asked by a session with a toolset about what is of another run. */
import { expect, test } from "vitest";
import { z } from "zod";
import type { AgentpoolError } from "../../src/domain/errors.ts";
import { nameIn, type SessionToolset } from "../../src/domain/toolset.ts";
import type { Operation } from "../../src/operations/define.ts";
import { operations } from "../../src/operations/index.ts";
import { openHome, type TestHome } from "../support/home.ts";
import {
  decide,
  makeApproval,
  makeLease,
  makeMessage,
  makeParticipant,
  makePrompt,
  makeReceipt,
  makeRun,
  makeTask,
  makeThread,
} from "../support/records.ts";
import { makeSession } from "../support/session.ts";

const own = { worker: "ap_00000000000a", lead: "ap_00000000000b" } as const;
const foreign = "ap_00000000000c";
/** Stands in every text of the other run. */
const words = "words-of-another-run";

const ids = {
  run: "rn_00000000000000002",
  task: "tk_00000000000000002",
  approval: "av_00000000000000002",
  prompt: "pr_00000000000000002",
  thread: "th_00000000000000002",
  message: "ms_00000000000000002",
  lease: "ls_00000000000000002",
} as const;

async function setUp(): Promise<TestHome> {
  const home = await openHome();
  const ended = { state: "cancelled", endedAt: 1 } as const;
  const now = Date.now();
  const holder = `session:${foreign}`;
  const claim = {
    holder,
    sessionId: foreign,
    token: 7,
    claimedAt: now,
    ttlMs: 600_000,
    expiresAt: now + 600_000,
    renewedAt: now,
  };
  await home.app.store.commit(
    decide({
      writes: [
        { noun: "run", insert: makeRun({ id: "rn_1", ...ended }) },
        {
          noun: "run",
          insert: makeRun({ id: ids.run, name: words, because: words, output: words, ...ended }),
        },
        ...(["worker", "lead"] as const).map((toolset) => {
          const fields = { id: own[toolset], toolset, runId: "rn_1", author: "run:rn_1" };
          const insert = makeSession({ ...fields, state: "idle" });
          return { noun: "session", insert } as const;
        }),
        {
          noun: "session",
          insert: makeSession({
            id: foreign,
            name: words,
            toolset: "worker",
            runId: ids.run,
            author: `run:${ids.run}`,
            stateBecause: words,
            state: "completed",
            endedAt: 1,
          }),
        },
        {
          noun: "task",
          insert: makeTask({
            id: ids.task,
            runId: ids.run,
            title: words,
            body: words,
            state: "claimed",
            claim,
          }),
        },
        {
          noun: "approval",
          insert: makeApproval({
            id: ids.approval,
            runId: ids.run,
            sessionId: foreign,
            requestedBy: holder,
            subject: words,
            body: words,
            createdAt: now,
            expiresAt: now + 600_000,
          }),
        },
        { noun: "prompt", insert: makePrompt({ id: ids.prompt, sessionId: foreign, text: words }) },
        {
          noun: "thread",
          insert: makeThread({
            id: ids.thread,
            runId: ids.run,
            title: words,
            author: holder,
            participants: [holder],
          }),
        },
        {
          noun: "message",
          insert: makeMessage({ id: ids.message, runId: ids.run, body: words, sender: holder }),
        },
        { noun: "receipt", insert: makeReceipt({ messageId: ids.message, participant: holder }) },
        { noun: "lease", insert: makeLease({ id: ids.lease, holder }) },
        {
          noun: "participant",
          put: makeParticipant({ id: "agent:other", runId: ids.run, note: words }),
        },
      ],
      events: [
        {
          sessionId: foreign,
          runId: ids.run,
          at: now,
          body: {
            type: "tool_refused",
            operation: "x",
            toolset: "worker",
            code: "other_run",
            because: words,
          },
        },
      ],
    }),
  );
  return home;
}

/** What stands in a field, by its name; a field that is new has to be here when it is required. */
const named: Readonly<Record<string, unknown>> = {
  run_id: ids.run,
  task_id: ids.task,
  task_ids: [ids.task],
  depends_on: [ids.task],
  approval_id: ids.approval,
  prompt_id: ids.prompt,
  thread_id: ids.thread,
  message_ids: [ids.message],
  lease_id: ids.lease,
  token: 7,
  with: [foreign],
  to: foreign,
  session_ids: [foreign],
  title: "t",
  subject: "s",
  body: "b",
  text: "x",
  message: "x",
  task: "x",
  decision: "d",
  result: "r",
  reason: "r",
  error: "e",
  note: "n",
  provider_id: "fake",
  tasks: [{ title: "t", depends_on: [ids.task] }],
  files: ["a.txt"],
  timeout_seconds: 0,
  wait_seconds: 0,
  dry_run: true,
};
const always = ["dry_run", "timeout_seconds", "wait_seconds", "tasks"];

/** One operation about oneself, about the other's session and about nobody; in few words and in all. */
function inputsOf(operation: Operation, self: string): Record<string, unknown>[] {
  const { shape } = operation.schemas(z).input;
  const given = (who: string | undefined, isFull: boolean): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(shape).flatMap(([field, schema]) => {
        if (field === "session_id") return who === undefined ? [] : [[field, who]];
        const isNeeded = !(schema as z.ZodType).safeParse(undefined).success;
        const isGiven = isFull || isNeeded || always.includes(field);
        return isGiven && field in named ? [[field, named[field]]] : [];
      }),
    );
  return [self, foreign, undefined].flatMap((who) => [given(who, false), given(who, true)]);
}

function isOf(toolset: SessionToolset, { name, mcp, toolset: in_ }: Operation): boolean {
  if (in_ === "worker" || in_ === toolset) return true;
  const offered = { operation: name, tool: mcp?.tool ?? "", aliases: mcp?.aliases ?? [] };
  return nameIn(toolset, offered) !== undefined;
}

/** Of the toolset, or read about oneself; everything else is refused whatever it names. */
function mayAnswer(toolset: SessionToolset, operation: Operation): boolean {
  if (isOf(toolset, operation)) return true;
  return operation.effect === "read" && "session_id" in operation.schemas(z).input.shape;
}

/** All that is of the other run, as it stands. */
async function standing({ app: { store } }: TestHome): Promise<unknown> {
  return {
    run: await store.runs.get(ids.run),
    task: await store.tasks.get(ids.task),
    tasks: (await store.tasks.list({ runId: ids.run, limit: 10 })).total,
    session: await store.sessions.get(foreign),
    approval: await store.approvals.get(ids.approval),
    prompt: await store.prompts.get(ids.prompt),
    thread: await store.threads.get(ids.thread),
    said: await store.messages.ofThread(ids.thread, 0, 10),
    receipts: await store.messages.receiptsOf(ids.message),
    events: (await store.events.since(0, { sessionIds: [foreign], limit: 10 })).length,
  };
}

test.each(["worker", "lead"] as const)(
  "nothing a %s can ask tells the words of another run, or changes what is of it",
  async (toolset) => {
    const home = await setUp();
    const before = await standing(home);
    const by = home.as({ kind: "session", sessionId: own[toolset] });
    const untried: string[] = [];
    for (const operation of operations.filter((one) => mayAnswer(toolset, one))) {
      const { name } = operation;
      const codes: string[] = [];
      for (const input of inputsOf(operation, own[toolset])) {
        const said = await by.call(name, { input, env: {}, cwd: home.folder }).then(
          (output) => ({ code: "ok", text: JSON.stringify(output) }),
          (thrown: AgentpoolError) => ({ code: thrown.code, text: thrown.message + thrown.why }),
        );
        expect(said.text, `${name} ${JSON.stringify(input)}`).not.toContain(words);
        codes.push(said.code);
      }
      expect(codes, name).not.toContain("internal");
      // asked for as it has to be, or nothing was tried
      if (codes.every((code) => code === "invalid_input")) untried.push(name);
    }
    expect(untried).toEqual([]);
    expect(await standing(home)).toEqual(before);
  },
  60_000,
);
