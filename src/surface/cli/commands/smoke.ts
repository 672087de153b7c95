import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { AgentpoolError } from "../../../domain/errors.ts";
import { Catalogue } from "../../../provider/discover.ts";
import { print } from "../output.ts";
import type { Shell } from "../shell.ts";
import { smokeRun, type Expected, type SmokeRun, type SmokeWish } from "../smoke/smoke-run.ts";
import { inThrowAway } from "../try/throw-away.ts";

interface Wanted {
  readonly providers: readonly string[];
  readonly repo: string | undefined;
  readonly model: string | undefined;
  readonly realReadOnly: boolean;
  readonly timeoutSeconds: number;
  readonly acceptStartup: boolean;
}

const plain: Expected = { asks: null, ends: "completed", isolation: "read_only", changes: 0 };

/** The shortest proof that sessions work here: scripted agents, or with consent a real one. */
export async function smoke(shell: Shell, wanted: Wanted): Promise<number> {
  const catalogue = new Catalogue(shell.home.providers);
  const known = await Promise.all(wanted.providers.map((name) => catalogue.get(name)));
  const real = wanted.providers.filter((_, i) => known[i]?.definition.trial?.free !== true);
  if (real.length > 0) return smokeReal(shell, wanted, real);

  const file = join(shell.dist, "src", "surface", "cli", "smoke", "personas.json");
  const personas = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, Expected>>;
  // in a home of their own: what they pretend, such as a limit of their account, is not to stay
  const runs = await inThrowAway(shell, { name: "smoke", keep: false }, (place) => {
    const { caller, env, repository, folder, signal } = place;
    const repo = wanted.repo === undefined ? repository : resolve(shell.cwd, wanted.repo);
    const all = wanted.providers.map((provider, i) => {
      // an account each: the limit of one would stop the others
      const variable = known[i]?.definition.account?.variable ?? null;
      const account = variable === null ? {} : { [variable]: join(folder, `account-${i}`) };
      const wish = {
        ...wishOf(wanted, provider, personas[provider] ?? plain),
        task: "A smoke test: do what you always do.",
        repo,
      };
      return smokeRun({ caller, env: { ...env, ...account }, cwd: shell.cwd, signal }, wish);
    });
    return Promise.all(all);
  });
  // their files went with the home
  return report(
    shell,
    runs.map((run) => ({ ...run, artifact_dir: null })),
  );
}

async function smokeReal(shell: Shell, wanted: Wanted, real: readonly string[]): Promise<number> {
  if (!wanted.realReadOnly) {
    throw new AgentpoolError(
      "policy_blocked",
      `${real.join(", ")} would spend a turn of your account`,
      {
        why: "smoke spends nothing unless it is told to.",
        hint: `agentpool smoke --provider ${real.join(",")} --real-read-only`,
        details: { policy: "real_read_only" },
      },
    );
  }
  if (real.length < wanted.providers.length) {
    throw new AgentpoolError("invalid_input", "Scripted and real agents are tried apart", {
      hint: `agentpool smoke --provider ${real.join(",")} --real-read-only`,
    });
  }
  const env = Object.fromEntries(
    Object.entries(shell.env).filter((one): one is [string, string] => one[1] !== undefined),
  );
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    const runs = await shell.supervised.with((caller) => {
      const place = { caller, env, cwd: shell.cwd, signal: stop.signal };
      const all = real.map((provider) => {
        // in two parts, so that only an answer holds it whole
        const [first, second] = [randomBytes(4).toString("hex"), randomBytes(4).toString("hex")];
        const expected = { ...plain, says: `SMOKE_${first}_${second}` };
        return smokeRun(place, {
          ...wishOf(wanted, provider, expected),
          task: `This is a smoke test. Read no file, change nothing, run nothing. Answer with one line: SMOKE, ${first} and ${second} joined by underscores.`,
          repo: resolve(shell.cwd, wanted.repo ?? "."),
        });
      });
      return Promise.all(all);
    });
    return report(shell, runs);
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

function wishOf(
  { model, timeoutSeconds, acceptStartup }: Wanted,
  provider: string,
  expected: Expected,
): Omit<SmokeWish, "task" | "repo"> {
  return { provider, model, timeoutSeconds, acceptStartup, expected };
}

/** One run is printed as it is, several as a list. */
function report(shell: Shell, runs: readonly SmokeRun[]): number {
  const ok = runs.every((run) => run.ok);
  const { style } = shell;
  print(shell, runs.length === 1 ? runs[0] : { ok, runs }, () =>
    runs
      .flatMap((run) => [
        `${run.ok ? style.green("ok  ") : style.red("fail")}  ${run.provider_id}  ${run.seconds} s  ${summary(run)}`,
        ...run.problems.map((problem) => `      ${problem}`),
      ])
      .join("\n"),
  );
  return ok ? 0 : 1;
}

function summary(run: SmokeRun): string {
  const asked = run.question_event === null ? "" : `${run.question_event} answered, `;
  return `${asked}${run.completed_state ?? "not finished"}, ${run.artifact_kinds.length} artifacts`;
}
