import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { counted } from "../../../domain/counted.ts";
import { AgentpoolError } from "../../../domain/errors.ts";
import { init as initPreferences, type Made } from "../../../operations/preferences/preferences.ts";
import { table } from "../../../operations/table.ts";
import { confirm } from "../confirm.ts";
import { lookAtAgents, type AgentFacts } from "../init/agents.ts";
import { lookAtHome, type Found } from "../init/ancestor.ts";
import { configText } from "../init/config-text.ts";
import { isTerminal, writeErr } from "../io.ts";
import { print } from "../output.ts";
import { printable } from "../printable.ts";
import { mcpSetupCommand } from "../setup/mcp-hosts.ts";
import type { Shell } from "../shell.ts";

interface Wanted {
  readonly path: string | undefined;
  readonly force: boolean;
  readonly dryRun: boolean;
}

interface Report {
  readonly dry_run: boolean;
  readonly changed: boolean;
  readonly config_path: string;
  readonly would_write_config: boolean;
  readonly would_backup_config: boolean;
  readonly backup_path: string | null;
  /** Why the settings stay as they are. */
  readonly reason: string | null;
  readonly preferences: Made;
  readonly found: Found;
  readonly providers: readonly AgentFacts[];
  readonly next_commands: readonly string[];
}

/** Finds what is installed, and writes settings and preferences to begin with. Starts no agent. */
export async function init(shell: Shell, wanted: Wanted): Promise<number> {
  const config = wanted.path === undefined ? shell.home.config : resolve(shell.cwd, wanted.path);
  const [providers, found] = await Promise.all([
    lookAtAgents(shell),
    lookAtHome(shell.home, config),
  ]);
  const text = configText(
    found.imports.filter(({ key }) => key !== "version"),
    providers.filter(({ installed }) => installed).map(({ id }) => id),
  );
  const isThere = found.config !== null;
  const isSame = isThere && readFileSync(config, "utf8") === text;
  let writes = !isThere || (wanted.force && !isSame);
  let writesPreferences = true;
  const asks =
    !shell.json && !wanted.force && !wanted.dryRun && isTerminal("stdin") && isTerminal("stderr");
  if (asks) {
    writeErr(`${printable(`${renderFound(shell, providers, found)}\n`, shell.style)}\n`);
    if (writes) writes = await confirm(`Write settings to ${config}?`);
    const preferences = shell.home.preferences;
    if (!existsSync(preferences)) {
      writesPreferences = await confirm(`Write preferences for agents to ${preferences}?`);
    }
  }
  const backup =
    writes && isThere && !wanted.dryRun ? `${config}.${stamp(shell.style.nowMs)}.bak` : null;
  if (writes && !wanted.dryRun) write(config, text, backup);
  const preferences = (await shell.ask(initPreferences, {
    dry_run: wanted.dryRun || !writesPreferences,
  })) as Made;

  const report: Report = {
    dry_run: wanted.dryRun,
    changed: (writes && !wanted.dryRun) || preferences.changed,
    config_path: config,
    would_write_config: writes,
    would_backup_config: writes && isThere,
    backup_path: backup,
    reason: writes
      ? null
      : isSame
        ? "it is as it would be written"
        : isThere
          ? "it is there; --force writes it anew and keeps a copy"
          : "it was not wanted",
    preferences,
    found,
    providers,
    next_commands: nextCommands(shell, providers),
  };
  print(shell, report, () => render(shell, report, asks));
  return 0;
}

function write(file: string, text: string, backup: string | null): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    if (backup !== null) copyFileSync(file, backup);
    writeFileSync(file, text, { mode: 0o600 });
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    throw new AgentpoolError(
      code === "ENOSPC" ? "disk_full" : "invalid_config",
      `${file} cannot be written`,
      { why: message, hint: "agentpool init --path FILE", cause: thrown },
    );
  }
}

/** For names of files: 20260131-235959 */
function stamp(now: number): string {
  return new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
}

function nextCommands(shell: Shell, providers: readonly AgentFacts[]): string[] {
  const installed = providers.filter(({ installed: there }) => there);
  const hosts = installed.flatMap(
    ({ id, aliases }) => mcpSetupCommand(shell.dist, [id, ...aliases]) ?? [],
  );
  return ["agentpool doctor --deep", "agentpool smoke", "agentpool setup all", ...hosts];
}

function renderFound(
  { style }: Shell,
  providers: readonly AgentFacts[],
  { config, imports, leaves, ancestor_database: database }: Found,
): string {
  const rows = providers.map((one) => [
    one.id,
    one.installed ? style.green(one.version ?? "yes") : "no",
    one.installed ? one.auth.reason : (one.install ?? ""),
  ]);
  const lines = [table(["AGENT CLI", "INSTALLED", "NOTE"], rows, style)];
  if (config !== null) {
    lines.push(
      "",
      `${config} is there, with ${counted(imports.length, "setting")} that agentpool knows.`,
      ...imports.map(
        ({ key, value }) => `  ${style.green("take")}   ${key}: ${JSON.stringify(value)}`,
      ),
      ...leaves.map(({ key, because }) => `  ${style.yellow("leave")}  ${key}: ${because}`),
    );
  }
  if (database !== null) {
    lines.push(
      "",
      `${database} is another program's and stays as it is; its sessions are not taken over.`,
    );
  }
  return lines.join("\n");
}

function render(shell: Shell, report: Report, wasShown: boolean): string {
  const { config_path: config, preferences, dry_run: dry, reason } = report;
  const lines = wasShown ? [] : [renderFound(shell, report.providers, report.found), ""];
  if (reason !== null) lines.push(`left ${config}: ${reason}`);
  else lines.push(`${dry ? "would write" : "wrote"} ${config}`);
  if (report.backup_path !== null) lines.push(`  before: ${report.backup_path}`);
  if (preferences.changed) lines.push(`wrote ${preferences.path}`);
  else if (dry && preferences.would_write) lines.push(`would write ${preferences.path}`);
  return [...lines, "", "Next:", ...report.next_commands.map((line) => `  ${line}`)].join("\n");
}
