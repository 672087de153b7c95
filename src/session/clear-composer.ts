import { pause } from "../platform/clock.ts";
import type { LiveSession } from "./live-session.ts";
import type { SessionParts } from "./parts.ts";
import type { Look, ScreenSource } from "./sources/screen.ts";

/** Agents take a long run of one key for something else than a person's typing. */
const pressesAtOnce = 8;
const lookEveryMs = 40;

/**
 * Empties the composer of a text that is ours, by the provider's keys, and waits until the screen
 * shows it empty. False when there are no such keys, the composer left, or something stays in it.
 */
export async function clearComposer(
  live: LiveSession,
  parts: SessionParts,
  options: { readonly screen: ScreenSource; readonly look: Look },
): Promise<boolean> {
  const { clearKeys, clearsLine = false, settleMs } = live.provider.input;
  const place = live.session.terminal;
  if (!clearKeys || !place) return false;
  const keys = Array.from({ length: clearsLine ? pressesAtOnce : 1 }, () => clearKeys).flat();
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
