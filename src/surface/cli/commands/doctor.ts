import { readFile } from "node:fs/promises";
import { checked, type Check } from "../doctor/check.ts";
import { deepChecks } from "../doctor/deep.ts";
import { checkFileSystem } from "../doctor/file-system.ts";
import { checkHome, checkSocket } from "../doctor/home.ts";
import { checkDriver, checkGit, checkNode, checkTmuxProgram } from "../doctor/programs.ts";
import { lookAtPrivacy, renderPrivacy, type Privacy } from "../doctor/privacy.ts";
import { checkProviders } from "../doctor/providers.ts";
import { checkSupervisor } from "../doctor/supervisor.ts";
import { checkConfig } from "../doctor/config.ts";
import { checkStoreFile } from "../doctor/store.ts";
import { judgeSurvival, surroundings } from "../doctor/survival.ts";
import { print } from "../output.ts";
import type { Shell } from "../shell.ts";

interface Report {
  readonly ok: boolean;
  readonly version: string;
  readonly checks: readonly Check[];
  readonly privacy?: Privacy;
}

interface Wanted {
  readonly deep: boolean;
  readonly privacy: boolean;
}

/** Looks at everything agentpool stands on, without a supervisor. Exit status 1 when one fails. */
export async function doctor(shell: Shell, wanted: Wanted): Promise<number> {
  const { home, version } = shell;
  const env = Object.fromEntries(
    Object.entries(shell.env).filter((one): one is [string, string] => one[1] !== undefined),
  );
  const osRelease = await readFile("/etc/os-release", "utf8").catch(() => "");
  const [providers, ...checks] = await Promise.all([
    checkProviders(home, env).catch(async (thrown: unknown) => [
      await checked("providers", () => Promise.reject(thrown)),
    ]),
    checked("node", () => checkNode()),
    checked("tmux", () => checkTmuxProgram(env)),
    checked("git", () => checkGit(env, osRelease)),
    checked("sqlite", () => checkDriver()),
    checked("home", () => checkHome(home)),
    checked("file system", () => checkFileSystem(home.root, home.database)),
    checked("store", () => checkStoreFile(home)),
    checked("config", () => checkConfig(home, shell.env, shell.cwd)),
    checked("socket", () => checkSocket(home)),
    checked("supervisor", () => checkSupervisor(home, version)),
    checked("survival", () => judgeSurvival(surroundings(env))),
  ]);
  const all = [...checks, ...providers, ...(wanted.deep ? await deepChecks(home, env) : [])];
  const report: Report = {
    ok: all.every((check) => check.status !== "fail"),
    version,
    checks: all,
    ...(wanted.privacy ? { privacy: await lookAtPrivacy(home) } : {}),
  };
  print(shell, report, () => render(shell, report));
  return report.ok ? 0 : 1;
}

function render({ style }: Shell, { checks, privacy }: Report): string {
  const width = Math.max(...checks.map((check) => check.name.length));
  const word = { ok: style.green("ok  "), warn: style.yellow("warn"), fail: style.red("fail") };
  const lines = checks.flatMap((check) => {
    const line = `${word[check.status]}  ${check.name.padEnd(width)}  ${check.message}`;
    return check.repair === undefined
      ? [line]
      : [line, `${" ".repeat(width + 8)}${style.dim("try")} ${check.repair}`];
  });
  const count = (status: Check["status"]): number =>
    checks.filter((check) => check.status === status).length;
  const sum = `${count("ok")} ok, ${count("warn")} warn, ${count("fail")} fail`;
  const kept = privacy ? ["", renderPrivacy(privacy, style)] : [];
  return [...lines, "", sum, ...kept].join("\n");
}
