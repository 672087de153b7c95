import {
  AgentpoolError,
  type UsageAnswer,
  type UsageContext,
  type UsageFacts,
} from "../../src/provider/definition.ts";
import { fieldsOf, numberOf, parseFields } from "./fields.ts";

const windowMs = 30 * 86_400_000;
/** Conversations whose files are opened, the newest. */
const maxFiles = 500;

export const usage: UsageFacts = {
  probes: [
    {
      id: "droid-session-files",
      does: "adds up the credits in the settings files of this account's conversations of the last 30 days; how many there are in all is in none of them",
      hosts: [],
      confidence: "observed",
      ask,
    },
  ],
};

async function ask(ctx: UsageContext): Promise<UsageAnswer> {
  const sessions = `${ctx.folder ?? ""}/sessions`;
  const folders = ctx.folder === null ? [] : await ctx.list(sessions);
  const found = await Promise.all(
    folders.map(async ({ name }) => {
      const files = await ctx.list(`${sessions}/${name}`);
      return files
        .filter((file) => file.name.endsWith(".settings.json"))
        .map((file) => ({ path: `${sessions}/${name}/${file.name}`, mtimeMs: file.mtimeMs }));
    }),
  );
  const recent = found
    .flat()
    .filter(({ mtimeMs }) => ctx.now - mtimeMs <= windowMs)
    .toSorted((a, b) => b.mtimeMs - a.mtimeMs)
    .slice(0, maxFiles);
  let credits = 0;
  let told = 0;
  for (const { path } of recent) {
    const used = creditsIn((await ctx.read(path)) ?? "");
    if (used === null) continue;
    credits += used;
    told += 1;
  }
  if (told === 0) {
    throw new AgentpoolError("usage_unknown", "Droid held no conversation in the last 30 days", {
      why: "Only its conversations tell how many credits they took.",
    });
  }
  return {
    windows: [
      {
        name: "credits, 30 days",
        kind: "credits",
        usedPercent: null,
        remainingPercent: null,
        usedUnits: credits,
        remainingUnits: null,
        resetsAt: null,
      },
    ],
    plan: null,
  };
}

/** What a conversation and its sub-agents took; each sub-agent has a file of its own besides. */
export function creditsIn(settings: string): number | null {
  return numberOf(fieldsOf(parseFields(settings)["tokenUsage"]), "factoryCredits");
}
