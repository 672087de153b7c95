import { hashOf } from "./texts.ts";

/** What one scripted agent was sent, and what it says it got. */
export interface Story {
  readonly persona: string;
  readonly fault: string;
  /** Each text with what we say became of it: the state of its delivery. */
  readonly sent: readonly Sent[];
  /** What was sent by nobody but agentpool itself, after a limit. */
  readonly ownTexts: readonly string[];
  /** The agent's own record. */
  readonly record: readonly Record<string, unknown>[];
}

export interface Sent {
  readonly text: string;
  readonly state: string;
  readonly because: string | null;
}

/** What became of all texts, by the agents' own records. */
export interface Tally {
  sends: number;
  accepted: number;
  /** Called unconfirmed, and the agent had it, once. */
  unconfirmed: number;
  /** Called refused, with the reason, and the agent never had it. */
  refused: number;
  /** Called refused because the agent ended before it told that it had the text, which it had. */
  endedUntold: number;
  /** Neither refused nor ever had. */
  readonly lost: string[];
  readonly doubled: string[];
  /** Had by an agent and never sent. */
  readonly damaged: string[];
  /** Called accepted and never had. */
  readonly falseSuccesses: string[];
  /** Called refused by an agent that lives, and had. */
  readonly falseFailures: string[];
  readonly reordered: string[];
  /** Agents of which a text was never told what became of it. */
  readonly stuck: string[];
  bytes: number;
  readonly byPersona: Record<string, number>;
  readonly byFault: Record<string, number>;
  /** How often an agent noted that a text or key met its fault. */
  provoked: number;
  /** Why texts were refused, and how often. */
  readonly reasons: Record<string, number>;
}

export function emptyTally(): Tally {
  return {
    sends: 0,
    accepted: 0,
    unconfirmed: 0,
    refused: 0,
    endedUntold: 0,
    lost: [],
    doubled: [],
    damaged: [],
    falseSuccesses: [],
    falseFailures: [],
    reordered: [],
    stuck: [],
    bytes: 0,
    byPersona: {},
    byFault: {},
    provoked: 0,
    reasons: {},
  };
}

/** Everything that must never happen; all empty in a tally that is well. */
export const nothingWrong = {
  lost: [],
  doubled: [],
  damaged: [],
  falseSuccesses: [],
  falseFailures: [],
  reordered: [],
  stuck: [],
};

/** Adds one agent's story. A text that was sent twice, being short, may be had twice. */
export function judge(tally: Tally, { persona, fault, sent, ownTexts, record }: Story): void {
  const hashes = record.flatMap((one) => {
    if (one["fact"] === "prompt") return [String(one["sha256"])];
    // a text that met a question is its answer
    const answer = one["fact"] === "answer" ? one["text"] : null;
    return typeof answer === "string" ? [hashOf(answer)] : [];
  });
  const had = new Map<string, number>();
  for (const hash of hashes) had.set(hash, (had.get(hash) ?? 0) + 1);
  const wanted = new Map<string, Sent[]>();
  for (const one of sent) {
    const hash = hashOf(one.text);
    wanted.set(hash, [...(wanted.get(hash) ?? []), one]);
  }
  const who = `${persona}, ${fault}`;
  for (const text of ownTexts) had.delete(hashOf(text));
  for (const [hash, count] of had) {
    if (!wanted.has(hash)) tally.damaged.push(`${who}: ${hash} (${count} x)`);
  }
  for (const [hash, same] of wanted) judgeText(tally, who, same, had.get(hash) ?? 0);
  const order = sent.map((one) => hashOf(one.text)).filter((hash) => had.has(hash));
  const isOrdered = hashes.filter((hash) => wanted.has(hash)).join() === order.join();
  if (!isOrdered && new Set(order).size === order.length && hashes.length === order.length) {
    tally.reordered.push(who);
  }
  tally.sends += sent.length;
  tally.byPersona[persona] = (tally.byPersona[persona] ?? 0) + sent.length;
  tally.byFault[fault] = (tally.byFault[fault] ?? 0) + sent.length;
  tally.bytes += sent.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  tally.provoked += record.filter(isProvoked).length;
}

const told = ["refused", "expired", "cancelled"];

function judgeText(tally: Tally, who: string, same: readonly Sent[], had: number): void {
  const accepted = same.filter((one) => one.state === "accepted");
  const refused = same.filter((one) => told.includes(one.state));
  const open = same.length - accepted.length - refused.length;
  const story = same.map((one) => `${one.state} (${one.because ?? ""})`).join("; ");
  const name = `${who}: ${same[0]?.text.slice(0, 16)} ${had} x, ${story}`;
  tally.accepted += accepted.length;
  for (const one of refused) {
    const reason = `${one.state}: ${one.because ?? ""}`.replace(/\b[a-z]{2}_[0-9a-z]+\b/g, "_");
    tally.reasons[reason] = (tally.reasons[reason] ?? 0) + 1;
  }
  if (had > same.length) tally.doubled.push(name);
  if (had < accepted.length) tally.falseSuccesses.push(name);
  else if (had < accepted.length + open) tally.lost.push(name);
  tally.unconfirmed += open;
  const tooMany = Math.min(same.length, had) - accepted.length - open;
  if (tooMany <= 0) {
    tally.refused += refused.length;
    return;
  }
  const untold = refused.filter((one) => one.because?.includes("before it showed") === true);
  if (untold.length < tooMany) tally.falseFailures.push(name);
  tally.endedUntold += tooMany;
  tally.refused += refused.length - tooMany;
}

/** The agent itself noted that something went wrong with a text or a key. */
function isProvoked(fact: Record<string, unknown>): boolean {
  if (fact["fact"] === "enter") return fact["how"] !== "submitted";
  if (fact["fact"] === "paste") return Number(fact["arrived"]) < Number(fact["bytes"]);
  if (fact["fact"] === "hook") return fact["how"] !== "called";
  return fact["fact"] === "lost_text" || fact["fact"] === "dialog";
}
