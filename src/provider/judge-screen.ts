import { waitsFor, type Dialog } from "../domain/prompt.ts";
import { confidenceOf, type Confidence } from "../domain/source.ts";
import type { ScreenFacts } from "./definition.ts";
import { explainScreen, readScreen, regionName, type Screen } from "./read-screen.ts";

/** States a screen alone can show. */
export const shownStates = [
  "idle",
  "running",
  "awaiting_input",
  "awaiting_approval",
  "limited",
  "unknown",
] as const;

export type ShownState = (typeof shownStates)[number];

export interface ScreenVerdict {
  readonly state: ShownState;
  readonly prompt: Dialog | null;
  /** Id of the rule that decided, `composer` for the input line, null when none fitted. */
  readonly rule: string | null;
  /** The part of the screen that rule looks at, in words. */
  readonly region: string | null;
  readonly confidence: Confidence;
}

/**
 * The state a session would be in if this screen were all that is known: what its dialog asks, else
 * its limit, else its work, else its input line.
 * @param version of the agent CLI; null when unknown, which leaves all rules in force
 */
export function judgeScreen(
  facts: ScreenFacts,
  screen: Screen,
  version: string | null,
): ScreenVerdict {
  const reading = readScreen(facts, screen, version);
  if (reading === undefined) {
    const covering = explainScreen(facts, screen, version).rules.find(
      ({ outcome }) => outcome === "decides",
    );
    return {
      state: "unknown",
      prompt: null,
      rule: covering?.id ?? null,
      region: covering?.region ?? null,
      confidence: "none",
    };
  }
  const { dialog, limit, busy, composer, rule } = reading;
  const state = dialog
    ? waitsFor(dialog.kind)
    : limit
      ? "limited"
      : busy
        ? "running"
        : composer
          ? "idle"
          : "unknown";
  const region =
    rule === "composer"
      ? facts.composer.region
      : facts.rules.find((candidate) => candidate.id === rule)?.region;
  return {
    state,
    prompt: dialog,
    rule,
    region: region === undefined ? null : regionName(region),
    confidence: state === "unknown" ? "none" : confidenceOf("screen"),
  };
}
