// The definition of the talker (talker.mjs): an agent that is reached through its server alone.
import { fileURLToPath } from "node:url";

const agent = fileURLToPath(new URL("talker.mjs", import.meta.url));
const answerMs = 400;

const options = ["yes", "no"].map((reply) => ({
  label: reply,
  key: null,
  role: reply === "yes" ? "allow" : "deny",
  reply,
}));

const claimsOf = {
  taken: ({ id, text }) => [{ kind: "prompt_taken", text, agentTurn: id }],
  asked: ({ dialog }) => [
    {
      kind: "dialog_opened",
      ref: dialog,
      dialog: { kind: "approval", text: "May I?", subject: null, acceptsText: false, options },
      channel: { source: "api", address: dialog },
    },
  ],
  answered: ({ dialog, reply }) => [{ kind: "dialog_closed", ref: dialog, how: "answered", reply }],
  ended: ({ id, outcome, result }) => [
    { kind: "turn_ended", outcome, agentTurn: id, result, error: null },
    { kind: "idle", because: "the turn is over" },
  ],
};

async function* follow(ctx) {
  const events = ctx.events("/events")[Symbol.asyncIterator]();
  if ((await events.next()).done) return;
  const { log } = JSON.parse((await ctx.request("GET", "/log")).text);
  let memory = ctx.memory ?? 0;
  const claims = log.slice(memory).flatMap((one) => claimsOf[one.type](one));
  memory = log.length;
  yield { claims: memory === 0 ? [{ kind: "idle", because: "it is up" }] : claims, memory };
  for (;;) {
    const { value, done } = await events.next();
    if (done) return;
    const one = JSON.parse(value);
    if (one.n <= memory) continue;
    memory = one.n;
    yield { claims: claimsOf[one.type](one), memory };
  }
}

const post = (ctx, path, body) => ctx.request("POST", path, { body, timeoutMs: answerMs });

export default {
  id: "talker",
  displayName: "Talker",
  vendor: "nobody",
  harness: "talker",
  verified: "verified",
  binary: {
    candidates: [process.execPath],
    versionArgs: ["--version"],
    versionPattern: /^v(\d+\.\d+\.\d+)/,
    tried: [],
    install: "It is a test.",
  },
  env: [],
  options: {
    model: false,
    effort: [],
    serviceTier: false,
    initialPromptMode: "send_after_launch",
    promptArgument: false,
  },
  launch: ({ binary, port, extra: { record, ...faults } }) => ({
    argv: [
      binary,
      agent,
      String(port),
      record,
      ...Object.entries(faults).map(([fault, times]) => `${fault}=${times}`),
    ],
    env: {},
    files: [],
    agentSessionId: null,
    facts: { port: String(port) },
  }),
  input: {
    enterGapMs: 10,
    settleMs: 500,
    submitKey: "Enter",
    acceptance: "exact",
    commandPrefixes: [],
    queuesWhileBusy: false,
  },
  screen: {
    rules: [
      {
        id: "may-i",
        shows: "dialog",
        priority: 1,
        region: "screen",
        match: { regex: /^May I\?$/ },
        dialog: {
          kind: "approval",
          from: /^May I\?$/,
          option: /(?<label>yes|no)/,
          roles: [],
          keys: { other: "y" },
        },
      },
      {
        id: "work",
        shows: "busy",
        priority: 1,
        region: "screen",
        match: { contains: "* at work" },
      },
    ],
    composer: { region: "screen", line: /^>(?: (.*))?$/ },
    settleMs: 30,
    idleHoldMs: 500,
  },
  api: {
    answers: ["approval"],
    follow,
    reply: async (ctx, dialog, reply) => {
      const { status } = await post(ctx, "/answer", { dialog, reply });
      return status === 200;
    },
    texts: {
      idOf: ({ deliveryId, at }) => `${deliveryId}@${at}`,
      send: async (ctx, id, text) => {
        const { status, text: why } = await post(ctx, "/say", { id, text });
        if (status === 409) return { outcome: "late" };
        return status === 200 ? { outcome: "given" } : { outcome: "refused", because: why };
      },
    },
    interrupt: async (ctx) => {
      await post(ctx, "/stop", {});
    },
  },
  interrupt: { keys: [["Escape"]], gapMs: 0, withinMs: 1_000 },
  exit: { keys: [["C-c"]], gapMs: 0, withinMs: 1_000 },
};
