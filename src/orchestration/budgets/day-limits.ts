import { budgetMeasures, type BudgetMeasure } from "../../domain/budget-rules.ts";
import type { BudgetOwner, DayBudget } from "../../domain/day-budgets.ts";
import { AgentpoolError } from "../../domain/errors.ts";
import type { Config } from "../../platform/config/config.ts";

type Limits = Record<BudgetMeasure, { readonly limit: number; readonly setting: string } | null>;

/**
 * The budgets that the settings name, that of the home first. A name that is no provider's is a
 * profile's. Where a provider is named by its id and by an alias, the id wins, then whichever is
 * written first.
 * @param providerId the id a name stands for; whatever it throws, the name is no provider's
 */
export async function readDayLimits(
  config: Config,
  providerId: (name: string) => Promise<string>,
): Promise<readonly DayBudget[]> {
  const home = none();
  for (const measure of budgetMeasures) {
    const limit = config.get(`budgets.day_${measure}`);
    if (limit !== null) home[measure] = { limit, setting: `budgets.day_${measure}` };
  }
  const agents = new Map<string, { readonly owner: BudgetOwner; readonly limits: Limits }>();
  for (const { key, row, value } of config.entries) {
    if (!row.startsWith(agentRow) || typeof value !== "number") continue;
    const measure = row.slice(agentRow.length) as BudgetMeasure;
    const name = key.slice(agentSection.length, -measure.length - 1);
    const owner = await ownerOf(name, providerId);
    const known = nameOf(owner);
    const agent = agents.get(known) ?? { owner, limits: none() };
    agents.set(known, agent);
    const isItsOwn = owner.kind === "provider" && owner.id === name;
    if (agent.limits[measure] === null || isItsOwn) {
      agent.limits[measure] = { limit: value, setting: key };
    }
  }
  return [
    ...(isLimited(home) ? [budgetOf({ kind: "home" }, home)] : []),
    ...[...agents.values()].map(({ owner, limits }) => budgetOf(owner, limits)),
  ];
}

const agentSection = "budgets.agents.";
const agentRow = "budgets.agents.*.";

function none(): Limits {
  return { tokens: null, usd: null, minutes: null };
}

function isLimited(limits: Limits): boolean {
  return Object.values(limits).some((one) => one !== null);
}

async function ownerOf(
  name: string,
  providerId: (name: string) => Promise<string>,
): Promise<BudgetOwner> {
  try {
    return { kind: "provider", id: await providerId(name) };
  } catch (thrown) {
    if (AgentpoolError.from(thrown).code === "internal") throw thrown;
    return { kind: "profile", name };
  }
}

function nameOf(owner: BudgetOwner): string {
  if (owner.kind === "home") return "all sessions";
  return owner.kind === "provider" ? `agent ${owner.id}` : `profile ${owner.name}`;
}

function budgetOf(owner: BudgetOwner, { tokens, usd, minutes }: Limits): DayBudget {
  return {
    of: nameOf(owner),
    owner,
    tokens: tokens?.limit ?? null,
    usd: usd?.limit ?? null,
    minutes: minutes?.limit ?? null,
    settings: {
      tokens: tokens?.setting ?? null,
      usd: usd?.setting ?? null,
      minutes: minutes?.setting ?? null,
    },
  };
}
