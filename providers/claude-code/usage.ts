import {
  AgentpoolError,
  type ProbePane,
  type UsageAnswer,
  type UsageContext,
  type UsageFacts,
} from "../../src/provider/definition.ts";
import { readPanel } from "./usage-panel.ts";

const startWithinMs = 12_000;
const panelWithinMs = 18_000;
const lookEveryMs = 300;

/** What sessions hear tells most of it for nothing; the panel costs a start of the CLI. */
export const usage: UsageFacts = {
  probes: [
    {
      id: "claude-usage-panel",
      does: "starts the CLI in an empty folder, opens its panel /usage, reads that and ends it again; it uses the sign-in of the CLI, which is not read here",
      hosts: ["api.anthropic.com"],
      confidence: "local_cli",
      costly: true,
      ask,
    },
  ],
  helpers: { codexbar: "claude", ccusage: true },
};

function ask(ctx: UsageContext): Promise<UsageAnswer> {
  const env = {
    DISABLE_AUTOUPDATER: "1",
    CLAUDE_CODE_SANDBOXED: "1",
    CLAUDE_CODE_DISABLE_AGENT_VIEW: "1",
  };
  return ctx.watch([ctx.binary ?? "claude", "--tools", ""], { env }, async (pane) => {
    await until(pane, startWithinMs, (lines) => lines.some((line) => inputLine.test(line)));
    await pane.paste("/usage");
    await pane.pause(lookEveryMs);
    await pane.press("Enter");
    const lines = await until(pane, panelWithinMs, isWhole);
    return { windows: readPanel(lines, ctx.now), plan: null };
  });
}

/** Empty, or with a hint; a menu has an entry there. */
const inputLine = /^❯[\s\u00a0]*(?:Try ".*)?$/;

/** The bars come one after the other; the last label has its share. */
function isWhole(lines: readonly string[]): boolean {
  const label = lines.findLastIndex((line) => /Current (?:session|week)/.test(line));
  return label >= 0 && lines.slice(label).some((line) => /\d% (?:used|left)/.test(line));
}

async function until(
  pane: ProbePane,
  withinMs: number,
  holds: (lines: readonly string[]) => boolean,
): Promise<readonly string[]> {
  for (let waitedMs = 0; ; waitedMs += lookEveryMs) {
    const lines = await pane.screen();
    // first, since a menu of the sign-in marks its entries as the input line is marked
    refuseSignedOut(lines);
    if (holds(lines)) return lines;
    if (waitedMs > withinMs) {
      throw new AgentpoolError("usage_unknown", "Claude Code did not show its usage in time");
    }
    await pane.pause(lookEveryMs);
  }
}

function refuseSignedOut(lines: readonly string[]): void {
  if (lines.some((line) => line.includes("Couldn't load usage data"))) {
    throw new AgentpoolError("usage_unknown", "Claude Code could not load its usage");
  }
  const told =
    /No usage limits to show for this sign-in|Please run \/login|Not logged in|Select login method/;
  if (!lines.some((line) => told.test(line))) return;
  throw new AgentpoolError("not_logged_in", "Claude Code has no subscription to tell of", {
    hint: "claude, then /login",
  });
}
