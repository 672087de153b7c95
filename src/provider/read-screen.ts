import type { ScreenReading } from "../domain/observation.ts";
import type { ScreenFacts, ScreenRule } from "./definition.ts";
import type { Extent } from "./extent.ts";
import { readDialog, type FoundDialog } from "./read-dialog.ts";
import { evaluate, ScreenView, type Screen } from "./screen-view.ts";
import { isInRange } from "./version.ts";

export type { Screen } from "./screen-view.ts";

/**
 * What a screen shows, by the provider's rules. Undefined when something covers the agent, so
 * that nothing may be concluded. Pure; no screen makes it throw.
 * @param version of the agent CLI; null when unknown, which leaves all rules in force
 */
export function readScreen(
  facts: ScreenFacts,
  screen: Screen,
  version: string | null,
): ScreenReading | undefined {
  const view = new ScreenView(facts, screen);
  const groups = groupsOf(facts, version);
  if (decide(view, groups.hold)) return undefined;
  const dialog = decide(view, groups.dialog);
  const limit = decide(view, groups.limit);
  const busy = decide(view, groups.busy);
  const idle = decide(view, groups.idle);

  const isCovered = dialog !== undefined && dialog.rule.dialog?.besideComposer !== true;
  const isUnproven =
    groups.idle.length > 0 && idle === undefined && busy === undefined && dialog === undefined;
  const composer = isCovered || isUnproven ? null : view.composer;
  const decided = dialog ?? limit ?? busy ?? idle;
  const unfinished = decided === undefined ? view.unfinished : undefined;
  return {
    busy: busy !== undefined || unfinished !== undefined,
    composer: composer && {
      draft: composer.draft,
      pastePlaceholder: composer.pastePlaceholder,
      ...(composer.hiddenLines === undefined ? {} : { hiddenLines: composer.hiddenLines }),
      line: composer.line,
    },
    dialog: dialog?.dialog?.dialog ?? null,
    dialogLines: dialog?.dialog?.dialogLines ?? [],
    // a screen gives times of day without date or zone; the agent's own record has the instant
    limit: limit ? { message: short(limit.evidence), resetsAt: null } : null,
    rule: decided?.rule.id ?? (composer ? "composer" : unfinished === undefined ? null : "cursor"),
    because: short(decided?.evidence ?? composer?.line ?? unfinished ?? ""),
  };
}

const maxBecauseLength = 300;

function short(text: string): string {
  return text.replace(/\s+/g, " ").slice(0, maxBecauseLength);
}

export interface ScreenExplanation {
  readonly reading: ScreenReading | undefined;
  /** Every rule, in the order in which they are asked. */
  readonly rules: readonly RuleReport[];
}

export interface RuleReport {
  readonly id: string;
  readonly shows: ScreenRule["shows"] | "composer";
  readonly priority: number;
  /** The part of the screen it looks at, in words. */
  readonly region: string;
  /** `outranked`: it matches, and another rule of its group came first. */
  readonly outcome: "decides" | "outranked" | "no_match" | "not_for_this_version";
  readonly matched: boolean;
  /** The text that matched, or why it did not. */
  readonly text: string;
}

/** The same reading, with the outcome of each rule. Slower; for people. */
export function explainScreen(
  facts: ScreenFacts,
  screen: Screen,
  version: string | null,
): ScreenExplanation {
  const view = new ScreenView(facts, screen);
  const groups = groupsOf(facts, version);
  const rules = (["hold", "dialog", "limit", "busy", "idle"] as const).flatMap((shows) => {
    let decided = false;
    const tried = groups[shows].map((rule): RuleReport => {
      const outcome = tryRule(view, rule);
      const matched = "evidence" in outcome;
      const first = matched && !decided;
      decided ||= matched;
      return {
        ...head(rule),
        outcome: matched ? (first ? "decides" : "outranked") : "no_match",
        matched,
        text: matched ? outcome.evidence : outcome.why,
      };
    });
    const others = facts.rules
      .filter((rule) => rule.shows === shows && !groups[shows].includes(rule))
      .map((rule): RuleReport => ({
        ...head(rule),
        outcome: "not_for_this_version",
        matched: false,
        text: `holds for ${rule.versions ?? ""}, the agent is ${version ?? "unknown"}`,
      }));
    return [...tried, ...others];
  });
  return {
    reading: readScreen(facts, screen, version),
    rules: [...rules, composerReport(view)],
  };
}

function composerReport(view: ScreenView): RuleReport {
  const { composer } = view;
  return {
    id: "composer",
    shows: "composer",
    priority: 0,
    region: regionName(view.facts.composer.region),
    outcome: composer ? "decides" : "no_match",
    matched: composer !== null,
    text: composer ? composer.line : "no input line is on screen",
  };
}

function head(rule: ScreenRule): Pick<RuleReport, "id" | "shows" | "priority" | "region"> {
  return {
    id: rule.id,
    shows: rule.shows,
    priority: rule.priority,
    region: regionName(rule.region),
  };
}

/** A part of the screen, in words. */
export function regionName(region: ScreenRule["region"]): string {
  if (typeof region === "string") return region;
  if ("lastLines" in region) return `last ${region.lastLines} lines`;
  if ("fromLast" in region) return `from the last line like ${String(region.fromLast)}`;
  return `the last lines like ${String(region.lastRun)}`;
}

type Groups = Readonly<Record<ScreenRule["shows"], readonly ScreenRule[]>>;

const groupsByFacts = new WeakMap<ScreenFacts, Map<string | null, Groups>>();

function groupsOf(facts: ScreenFacts, version: string | null): Groups {
  let byVersion = groupsByFacts.get(facts);
  if (!byVersion) {
    byVersion = new Map();
    groupsByFacts.set(facts, byVersion);
  }
  let groups = byVersion.get(version);
  if (!groups) {
    const inForce = facts.rules
      .filter(
        (rule) =>
          rule.versions === undefined || version === null || isInRange(version, rule.versions),
      )
      .toSorted((a, b) => b.priority - a.priority);
    const of = (shows: ScreenRule["shows"]): ScreenRule[] =>
      inForce.filter((rule) => rule.shows === shows);
    groups = {
      hold: of("hold"),
      dialog: of("dialog"),
      limit: of("limit"),
      busy: of("busy"),
      idle: of("idle"),
    };
    byVersion.set(version, groups);
  }
  return groups;
}

interface Decided {
  readonly rule: ScreenRule;
  readonly evidence: string;
  readonly dialog: FoundDialog | null;
}

function decide(view: ScreenView, rules: readonly ScreenRule[]): Decided | undefined {
  for (const rule of rules) {
    const outcome = tryRule(view, rule);
    if ("evidence" in outcome) return { rule, ...outcome };
  }
  return undefined;
}

function tryRule(
  view: ScreenView,
  rule: ScreenRule,
): { readonly evidence: string; readonly dialog: FoundDialog | null } | { readonly why: string } {
  const extent = view.region(rule.region);
  if (!extent) return { why: "that part of the screen is not there" };
  const evidence = evaluate(view, extent, rule.match);
  if (evidence === undefined) return { why: "no line fits" };
  if (rule.shows !== "dialog" || !rule.dialog) return { evidence, dialog: null };
  const dialog = readDialog(rule.dialog, extent, evidence);
  if ("why" in dialog) return dialog;
  if (rule.dialog.besideComposer !== true && isAboveComposer(view, extent, dialog)) {
    return { why: "the input line stands below it, so it is part of the conversation" };
  }
  return { evidence, dialog };
}

function isAboveComposer(view: ScreenView, extent: Extent, dialog: FoundDialog): boolean {
  return (
    extent.lines === view.lines && view.composer !== null && view.composer.from > dialog.lastLine
  );
}
