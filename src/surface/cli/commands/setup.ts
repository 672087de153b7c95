import { delimiter, join } from "node:path";
import { AgentpoolError } from "../../../domain/errors.ts";
import { nearest } from "../../../domain/nearest.ts";
import type { UsageBackend } from "../../../operations/usage/service.ts";
import {
  models as listModels,
  type Output as ModelsOutput,
} from "../../../operations/provider/models.ts";
import { refresh as refreshUsage } from "../../../operations/usage/refresh.ts";
import type { UsageOutput } from "../../../operations/usage/rows.ts";
import { configReader } from "../../../platform/config/reader.ts";
import { isExecutable } from "../../../platform/executable.ts";
import { Catalogue } from "../../../provider/discover.ts";
import { lookAtAgents, type AgentFacts } from "../init/agents.ts";
import { print } from "../output.ts";
import { judgeSetup, type SetupCheck } from "../setup/judge-setup.ts";
import { mcpSetupCommand } from "../setup/mcp-hosts.ts";
import type { Shell } from "../shell.ts";

interface Wanted {
  readonly target: string;
  readonly backend: UsageBackend;
  readonly skipUsage: boolean;
  /** Whether probes that start the CLI itself may be used. */
  readonly costly: boolean;
  readonly relativeCommand: boolean;
}

interface Result {
  target: string;
  provider_id: string;
  display_name: string;
  usage_backend: string | null;
  does_not: readonly string[];
  provider: AgentFacts;
  models: { default_model: string | null; count: number };
  usage: UsageOutput["accounts"][number] | null;
  mcp_config: string | null;
  checks: readonly SetupCheck[];
  manual_steps: readonly string[];
  setup_doc: string;
  next_commands: readonly string[];
  ok: boolean;
}

/** What this command keeps its hands off, whatever it finds. */
const doesNot = [
  "install or update the agent CLI",
  "sign in, or read a credential where no usage is asked for",
  "edit the settings of the agent CLI or of an MCP host",
  "spend a turn",
] as const;

const usageWithinSeconds = 25;

/** Looks at what one agent CLI, or every one, needs to be used here; changes nothing of theirs. */
export async function setup(shell: Shell, wanted: Wanted): Promise<number> {
  const catalogue = new Catalogue(shell.home.providers);
  const { providers } = await catalogue.all();
  const real = new Set(
    providers.flatMap(({ definition }) => (definition.trial?.free === true ? [] : [definition.id])),
  );
  const agents = (await lookAtAgents(shell)).filter(({ id }) => real.has(id));
  const isAll = wanted.target === "all";
  const chosen = isAll
    ? agents
    : agents.filter(({ id, aliases }) => id === wanted.target || aliases.includes(wanted.target));
  if (chosen.length === 0) throw unknownTarget(wanted.target, agents);

  const usage = wanted.skipUsage
    ? null
    : await askUsage(shell, wanted, isAll ? null : (chosen[0]?.id ?? null));
  const results: Result[] = [];
  for (const agent of chosen) results.push(await lookAt(shell, wanted, agent, usage));
  const [only] = results;
  const ok = results.every((one) => one.ok);
  print(shell, isAll ? { target: "all", ok, results } : only, () =>
    results.map((one) => render(shell, one)).join("\n\n"),
  );
  return isAll || ok ? 0 : 1;
}

async function lookAt(
  shell: Shell,
  wanted: Wanted,
  agent: AgentFacts,
  usage: UsageOutput | null,
): Promise<Result> {
  const models = (await shell.ask(listModels, { provider_id: agent.id })) as ModelsOutput;
  const told = usage?.accounts.find(({ provider_id: id }) => id === agent.id) ?? null;
  const mcpCommand = mcpSetupCommand(
    shell.dist,
    [agent.id, ...agent.aliases],
    wanted.relativeCommand,
  );
  const checks = judgeSetup({
    agent,
    refused: await refusedBecause(shell, agent),
    models,
    usage: told,
    usageAsked: usage !== null,
    mcpCommand,
    agentpoolPath: commandOnPath(shell.env),
  });
  const ok = checks.every((check) => check.ok !== false);
  return {
    target: wanted.target,
    provider_id: agent.id,
    display_name: agent.display_name,
    usage_backend: usage === null ? null : wanted.backend,
    does_not: doesNot,
    provider: agent,
    models: {
      default_model: models.providers[0]?.default_model ?? null,
      count: models.providers[0]?.models.length ?? 0,
    },
    usage: told,
    mcp_config: mcpCommand,
    checks,
    manual_steps: checks.flatMap(({ ok: good, action }) =>
      good === false && action !== null ? [action] : [],
    ),
    setup_doc: "docs/providers.md",
    next_commands: ok
      ? [
          `agentpool smoke --provider ${agent.id} --real-read-only`,
          ...(mcpCommand === null ? [] : [mcpCommand]),
        ]
      : [`agentpool setup ${agent.id}`],
    ok,
  };
}

async function refusedBecause(shell: Shell, { id, aliases }: AgentFacts): Promise<string | null> {
  const config = await configReader({ home: shell.home, env: shell.env })(shell.cwd);
  const names = [id, ...aliases];
  const isNamed = (list: readonly string[]): boolean => names.some((name) => list.includes(name));
  const allowed = config.get("policy.allowed_providers");
  if (!config.ofProvider(names, "enabled")) return `providers.${id}.enabled is false`;
  if (isNamed(config.get("policy.denied_providers"))) return "policy.denied_providers names it";
  if (allowed.length > 0 && !isNamed(allowed)) return "policy.allowed_providers does not name it";
  return null;
}

async function askUsage(
  shell: Shell,
  { backend, costly }: Wanted,
  provider: string | null,
): Promise<UsageOutput> {
  return (await shell.ask(refreshUsage, {
    ...(provider === null ? {} : { provider_id: provider }),
    backend,
    costly,
    timeout_seconds: usageWithinSeconds,
  })) as UsageOutput;
}

function commandOnPath(env: Shell["env"]): string | null {
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const path = folders.map((folder) => join(folder, "agentpool")).find(isExecutable);
  return path ?? null;
}

function unknownTarget(target: string, agents: readonly AgentFacts[]): AgentpoolError {
  const names = ["all", ...agents.flatMap(({ id, aliases }) => [id, ...aliases])];
  return new AgentpoolError("provider_not_found", `Nothing to set up is called "${target}"`, {
    why: `There are: ${names.join(", ")}.`,
    hint: `agentpool setup ${nearest(target, names) ?? "all"}`,
  });
}

function render(
  { style }: Shell,
  { display_name: name, provider_id: id, checks, next_commands: next }: Result,
): string {
  const word = (ok: boolean | null): string =>
    ok === null ? style.dim("?   ") : ok ? style.green("ok  ") : style.red("fail");
  const width = Math.max(...checks.map((check) => check.name.length));
  return [
    style.bold(`${name} (${id})`),
    ...checks.flatMap((check) => [
      `  ${word(check.ok)}  ${check.name.padEnd(width)}  ${check.message}`,
      ...(check.action === null || check.ok === true
        ? []
        : [`  ${" ".repeat(width + 8)}${style.dim("try")} ${check.action}`]),
    ]),
    ...next.map((line) => `  ${style.dim("next")}  ${line}`),
  ].join("\n");
}
