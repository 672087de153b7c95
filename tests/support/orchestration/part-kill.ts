import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CliHome } from "../cli-home.ts";
import { makeRepo } from "../home.ts";
import { waitFor } from "../wait.ts";

/** What of ours lives while a run goes on, and may be killed at any moment. */
export const partKinds = ["supervisor", "tool server", "agent", "tmux"] as const;
export type PartKind = (typeof partKinds)[number];

export interface LivingPart {
  readonly pid: number;
  readonly kind: PartKind | undefined;
  /** Its command line. */
  readonly line: string;
}

export const pieceResult = (n: number): string => `Done: piece ${n}`;

/**
 * Begins a team whose plan has so many tasks in two phases; a rule approves it. Each agent takes its
 * task and completes it by its tools, so that for a while a tool server lives beside it.
 */
export async function startToolTeam(
  home: CliHome,
  { tasks, concurrency }: { readonly tasks: number; readonly concurrency: number },
): Promise<void> {
  const claimed = '"task_id":"{{claim_task.task.id}}","token":{{claim_task.task.claim.token}}';
  const task = (n: number) => ({
    title: `piece ${n}`,
    description: [
      `Make piece ${n}.`,
      `!fake edit piece-${n}.txt ${pieceResult(n)}`,
      "!fake mcp claim_task {}",
      "!fake sleep 0.7",
      `!fake mcp complete_task {${claimed},"result":"${pieceResult(n)}"}`,
      `!fake say ${pieceResult(n)}`,
    ].join("\n"),
  });
  const all = Array.from({ length: tasks }, (_, n) => task(n + 1));
  const half = Math.ceil(tasks / 2);
  const phases = [
    { name: "one", tasks: all.slice(0, half) },
    { name: "two", tasks: all.slice(half) },
  ];
  const plan = JSON.stringify({ title: "pieces", description: "all", phases });
  const file = join(home.folder, "team.yaml");
  const spec = {
    goal: `Make it\n!fake when "Plan how a team" say ${plan}`,
    provider: "fake-team",
    reviewers: [],
    approval: "policy",
    concurrency,
    attempts: 10,
    repo: makeRepo(home.folder),
  };
  writeFileSync(file, JSON.stringify(spec));
  await home.run(["run", "team", "--file", file, "--detach"]);
}

/**
 * Kills one process of a kind, the one that `choose` says of so many.
 * @returns whether there was one within the time
 */
export async function killOne(
  home: CliHome,
  kind: PartKind,
  { choose, timeoutMs }: { readonly choose: (count: number) => number; readonly timeoutMs: number },
): Promise<boolean> {
  try {
    await waitFor(
      () => {
        const found = processesOf(home).filter((one) => one.kind === kind);
        const pid = found[choose(found.length)]?.pid;
        if (pid === undefined) return false;
        process.kill(pid, "SIGKILL");
        return true;
      },
      { timeoutMs },
    );
    return true;
  } catch {
    return false;
  }
}

/** Whatever lives for a home; of no kind is what is none of those that are killed. */
export function processesOf(home: CliHome): readonly LivingPart[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const read = (file: string): string => {
        try {
          return readFileSync(join("/proc", name, file), "latin1")
            .split("\0")
            .join(" ");
        } catch {
          return "";
        }
      };
      const line = read("cmdline").trim();
      if (!`${line} ${read("environ")}`.includes(home.home.root)) return [];
      const kind = kindOf(home, { pid: Number(name), line, name: read("comm").trim() });
      return [{ pid: Number(name), kind, line }];
    });
}

function kindOf(
  home: CliHome,
  { pid, line, name }: { readonly pid: number; readonly line: string; readonly name: string },
): PartKind | undefined {
  // the server has the words of the client that started it
  if (name === "tmux: server") return "tmux";
  if (line.includes("agent.mjs")) return "agent";
  if (line.endsWith(" mcp")) return "tool server";
  try {
    if (home.supervisor() === pid) return "supervisor";
  } catch {
    // none wrote its facts yet
  }
  return undefined;
}
