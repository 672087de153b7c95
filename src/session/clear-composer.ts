import { pause } from "../platform/clock.ts";
import type { LiveSession } from "./live-session.ts";
import type { SessionParts } from "./parts.ts";
import type { Look, ScreenSource } from "./sources/screen.ts";

/** Keys of one request to the terminal; more would make a long command line. */
const keysAtOnce = 200;
const lookEveryMs = 40;

/**
 * Empties the composer of a text that is ours, by the provider's keys, and waits until the screen
 * shows it empty. False when it has no such keys, the composer left, or something stays in it.
 * @param text what stands there, for the number of its lines
 */
export async function clearComposer(
  live: LiveSession,
  parts: SessionParts,
  options: { readonly screen: ScreenSource; readonly look: Look; readonly text: string },
): Promise<boolean> {
  const { clearKeys, clearsLine, settleMs } = live.provider.input;
  const place = live.session.terminal;
  const composer = options.look.reading?.composer;
  if (!clearKeys || !place || !composer) return false;
  // each line takes one press for its text and one for the line end before it
  const presses = clearsLine === true ? 2 * options.text.split("\n").length : 1;
  const keys = Array.from({ length: presses }, () => clearKeys).flat();
  for (let from = 0; from < keys.length; from += keysAtOnce) {
    const result = await parts.host.press(place, keys.slice(from, from + keysAtOnce), {
      onlyWhileVisible: [composer.line],
    });
    if (!result.ok) return false;
  }
  for (const until = parts.now() + settleMs; parts.now() < until;) {
    const reading = (await options.screen.look())?.reading;
    if (reading?.composer?.draft === "" && !reading.composer.pastePlaceholder) return true;
    await pause(lookEveryMs);
  }
  return false;
}
