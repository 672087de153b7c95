import { createHash } from "node:crypto";
import { startAgent, type Agent } from "./observed.ts";
import { waitFor } from "./wait.ts";
import type { TestHome } from "./home.ts";

/** Ways in which real agents make sending hard, as options of the scripted one. */
export const faults: Readonly<Record<string, Record<string, string>>> = {
  none: {},
  swallowed_enter: { swallow_enters: "50%" },
  lost_paste: { lose_pastes: "50%" },
  cut_paste: { cut_pastes: "50%" },
  late_composer: { composer_delay_ms: "900", early_input: "lost" },
  dialog_mid_paste: { dialog_on_paste: "50%", dialog_on_paste_ms: "0..60" },
  paste_burst: { paste_burst_ms: "0..80" },
  suggestion: { suggestion: "Try to refactor the parser" },
  placeholder: { placeholder: "rotating" },
  noisy: { spinner: "noisy", prose: "on" },
  slow_reader: { slow_read_ms: "20..80" },
  flicker: { flicker: "on" },
  hooks_off: { hooks: "off" },
  log_off: { log: "off" },
  hooks_twice: { hook_fault: "*:twice" },
  hooks_late: { hook_fault: "UserPromptSubmit:late", hook_late_ms: "300" },
  foreign_hooks: { hook_fault: "Stop:foreign" },
  log_late: { log_delay_ms: "200", log_split: "on" },
  inline_screen: { screen: "inline" },
};

export interface Tally {
  readonly sends: number;
  accepted: number;
  unconfirmed: number;
  refused: number;
  lost: string[];
  doubled: string[];
  damaged: string[];
  falseSuccesses: string[];
  readonly byFault: Record<string, number>;
  /** How often the agent noted that a text or key met its fault. */
  readonly provoked: Record<string, number>;
}

/** A text that nothing can confuse with another, of about so many bytes and with awkward content. */
export function awkwardText(number: number, bytes: number, random: () => number): string {
  const pieces = [
    "plain words ",
    "tab\there ",
    "quote \"x\" 'y' `z` ",
    "$HOME #{x} ;\\ ",
    "äöü 日本語 🚀 ",
    "line\nbreak ",
    "!bang /slash @at #hash ",
  ];
  let text = `send-${number}: `;
  while (Buffer.byteLength(text) < bytes)
    text += pieces[Math.floor(random() * pieces.length)] ?? "";
  return `${text}end-${number}`;
}

/**
 * Sends texts to one agent with one fault, one after the other, answering the dialogs that come in
 * between, and judges by the agent's own record what became of each.
 */
export async function sendThroughFault(
  home: TestHome,
  fault: string,
  texts: readonly string[],
  tally: Tally,
): Promise<void> {
  const agent = await startAgent(home, "begin", { ...faults[fault], pace_ms: "1" });
  await settle(agent);
  const sent = new Map<string, { state: string; text: string }>();
  for (const text of texts) {
    const answer = await agent.send(text, { wait: "accepted", timeout_seconds: 12 });
    await settle(agent);
    const state = await finalState(agent, answer.delivery?.id ?? "");
    sent.set(hash(text), { state, text });
    tally.byFault[fault] = (tally.byFault[fault] ?? 0) + 1;
  }
  const got = new Map<string, number>();
  for (const fact of agent.facts("prompt")) {
    const key = String(fact["sha256"]);
    got.set(key, (got.get(key) ?? 0) + 1);
  }
  tally.provoked[fault] = (tally.provoked[fault] ?? 0) + provoked(agent);
  const known = new Set([...sent.keys(), hash("begin")]);
  for (const [key, count] of got) {
    if (!known.has(key)) tally.damaged.push(`${fault}: ${key} (${count})`);
  }
  for (const [key, { state, text }] of sent) {
    const count = got.get(key) ?? 0;
    const name = `${fault}: ${text.slice(0, 12)} ${state} x${count}`;
    if (state === "accepted") tally.accepted += 1;
    else if (state === "unconfirmed" || state === "submitted") tally.unconfirmed += 1;
    else tally.refused += 1;
    if (count > 1) tally.doubled.push(name);
    if (count === 0 && state === "accepted") tally.falseSuccesses.push(name);
    // a text that was refused, with its reason, is not lost; one that silently went nowhere is
    if (count === 0 && !["refused", "expired", "cancelled", "accepted"].includes(state))
      tally.lost.push(name);
  }
  await agent.ask("session.terminate");
}

export function emptyTally(sends: number): Tally {
  return {
    sends,
    accepted: 0,
    unconfirmed: 0,
    refused: 0,
    lost: [],
    doubled: [],
    damaged: [],
    falseSuccesses: [],
    byFault: {},
    provoked: {},
  };
}

/** Times the agent itself noted that something went wrong with a text or a key. */
function provoked(agent: Agent): number {
  return agent.facts().filter((fact) => {
    if (fact["fact"] === "enter") return fact["how"] !== "submitted";
    if (fact["fact"] === "paste") return Number(fact["arrived"]) < Number(fact["bytes"]);
    return fact["fact"] === "lost_text" || fact["fact"] === "dialog";
  }).length;
}

/** Answers dialogs until the agent is idle again. */
async function settle(agent: Agent): Promise<void> {
  await waitFor(
    async () => {
      const seen = await agent.observe();
      const [prompt] = seen.prompts;
      if (prompt) {
        const option = prompt.options.at(-1)?.label;
        if (option) await agent.answer({ prompt_id: prompt.id, option }).catch(() => undefined);
        return undefined;
      }
      return seen.state === "idle" ? true : undefined;
    },
    { timeoutMs: 30_000, what: "an idle agent" },
  );
}

async function finalState(agent: Agent, id: string): Promise<string> {
  const { deliveries } = await agent.ask<{ deliveries: { id: string; state: string }[] }>(
    "session.show",
  );
  return deliveries.find((one) => one.id === id)?.state ?? "gone";
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
