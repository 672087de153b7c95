import { pause } from "../../platform/clock.ts";
import type { InputFacts } from "../../provider/definition.ts";
import type { LiveSession } from "../live-session.ts";
import type { SessionParts } from "../parts.ts";
import type { Look, ScreenSource } from "../sources/screen.ts";

/** Agents take a long run of one key for something else than a person's typing. */
const pressesAtOnce = 8;
const lookEveryMs = 40;

/** Whether the keys that empty a composer may also be pressed at an empty one. */
export function canSweep({ clearKeys, clearsLine }: InputFacts): boolean {
  return clearKeys !== undefined && clearsLine === true;
}

/** The keys that empty a composer of some lines. */
function clearingKeys({ clearKeys = [], clearsLine = false }: InputFacts): readonly string[] {
  return Array.from({ length: clearsLine ? pressesAtOnce : 1 }, () => clearKeys).flat();
}

/**
 * Presses the keys that empty a composer at one that looks empty: an agent that is slow to read
 * meets them after what was pasted before and before what comes next. False when they could not be
 * pressed; true also where the agent has no such keys.
 */
export async function sweepComposer(
  live: LiveSession,
  parts: SessionParts,
  composerLine: string,
): Promise<boolean> {
  const place = live.session.terminal;
  if (!place || !canSweep(live.provider.input)) return true;
  const guard = { onlyWhileVisible: [composerLine] };
  return (await parts.host.press(place, clearingKeys(live.provider.input), guard)).ok;
}

/**
 * Empties the composer of a text that is ours, by the provider's keys, and waits until the screen
 * shows it empty. False when there are no such keys, the composer left, or something stays in it.
 */
export async function clearComposer(
  live: LiveSession,
  parts: SessionParts,
  options: { readonly screen: ScreenSource; readonly look: Look },
): Promise<boolean> {
  const { input } = live.provider;
  const { clearKeys, clearsLine = false, settleMs } = input;
  const place = live.session.terminal;
  if (!clearKeys || !place) return false;
  const keys = clearingKeys(input);
  let { reading } = options.look;
  let before: string | undefined;
  for (let until = parts.now() + settleMs; parts.now() < until;) {
    const composer = reading?.composer;
    if (!composer) return false;
    if (composer.draft === "" && !composer.pastePlaceholder) return true;
    // a text of many lines goes piece by piece
    if (composer.draft !== before && (before === undefined || clearsLine)) {
      const guard = { onlyWhileVisible: [composer.line] };
      if (!(await parts.host.press(place, keys, guard)).ok) return false;
      until = parts.now() + settleMs;
    }
    before = composer.draft;
    await pause(lookEveryMs);
    reading = (await options.screen.look())?.reading;
  }
  return false;
}
