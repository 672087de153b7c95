import { AgentpoolError } from "../domain/errors.ts";
import { nearest } from "../domain/nearest.ts";
import { isTmuxKey, keyFromScreen, keyNames } from "../provider/keys.ts";
import type { LiveSession } from "./live-session.ts";
import type { SessionParts } from "./parts.ts";
import { requestedBefore } from "./requested-before.ts";

/** At once; more than that is a text, and texts are sent. */
const maxKeys = 64;

/**
 * Keys in tmux's spelling, from that or from the words screens use: `C-c`, `ctrl+c`, `esc`, `y`.
 * @throws invalid_input for one that is no key
 */
export function parseKeys(words: readonly string[]): string[] {
  if (words.length > maxKeys) {
    throw new AgentpoolError("invalid_input", `${words.length} keys at once`, {
      why: `At most ${maxKeys}; a text is sent with agentpool send.`,
    });
  }
  return words.map((word) => {
    const key = isTmuxKey(word) ? word : keyFromScreen(word);
    if (key !== null) return key;
    const near = nearest(word, keyNames);
    throw new AgentpoolError("invalid_input", `"${word}" is no key`, {
      why: "A key is one character, a name (Enter, Escape, Up, F5, ...), or either with ctrl+, alt+ or C-, M-, S- before it.",
      ...(near ? { hint: `Did you mean ${near}?` } : {}),
      details: { fields: ["keys"] },
    });
  });
}

export interface KeysRequest {
  readonly keys: readonly string[];
  readonly author: string;
  readonly requestKey: string;
}

/**
 * Presses keys in a session's pane as a person would, guarded by the epoch like all that is typed. A
 * request that comes again after they were pressed presses nothing.
 * @throws policy_blocked unless the person allowed it; session_busy while a text is on its way;
 *   terminal_failed
 */
export async function pressKeys(
  live: LiveSession,
  parts: SessionParts,
  { keys, author, requestKey }: KeysRequest,
): Promise<void> {
  const { session } = live;
  await refuseRawKeys(parts, session.workspace.workPath);
  const request = { sessionId: live.id, type: "keys_pressed", requestKey } as const;
  if (await requestedBefore(parts.store, request)) return;
  const onItsWay = live.view.deliveries.find(({ state }) =>
    ["pasted", "submitted"].includes(state),
  );
  if (onItsWay) {
    throw new AgentpoolError("session_busy", `A text is being typed in ${live.id}`, {
      why: `${onItsWay.id} of ${onItsWay.author}; a key would land in the middle of it.`,
      hint: `agentpool observe ${live.id}`,
    });
  }
  const place = session.terminal;
  const result = place ? await parts.host.press(place, keys) : undefined;
  if (!result?.ok) {
    throw new AgentpoolError("terminal_failed", `The keys could not be pressed in ${live.id}`, {
      why: result ? `The terminal refused them: ${result.reason}.` : "It has no terminal.",
      hint: `agentpool explain ${live.id}`,
    });
  }
  await live.change((draft) => {
    draft.emit(parts.now(), {
      type: "keys_pressed",
      // characters may be a password
      keys: keys.map((key) => (key.length === 1 ? "*" : key)),
      by: author,
      request_key: requestKey,
    });
  });
}

/** @throws policy_blocked */
export async function refuseRawKeys(
  parts: Pick<SessionParts, "config">,
  folder: string,
): Promise<void> {
  const config = await parts.config(folder);
  if (config.get("policy.allow_raw_keys")) return;
  throw new AgentpoolError("policy_blocked", "Raw keys are off", {
    why: "policy.allow_raw_keys is false: a key means whatever the screen makes of it at that moment. Texts are sent, dialogs are answered.",
    hint: "agentpool config set policy.allow_raw_keys true",
    details: { policy: "allow_raw_keys" },
  });
}
