import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AgentpoolError } from "../../../domain/errors.ts";
import { exec } from "../../../platform/exec.ts";

/** Makes a small git repository with one commit. @throws git_missing, git_failed */
export async function makeRepository(
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "README.md"), "# Greeter\n\nGreets whoever starts it.\n");
  writeFileSync(join(folder, "greeting.txt"), "Hello.\n");
  const git = async (...args: readonly string[]): Promise<void> => {
    const result = await exec(["git", ...args], { cwd: folder, env, timeoutMs: 10_000 }).catch(
      (thrown: unknown) => {
        throw new AgentpoolError("git_missing", "git could not be run", {
          why: AgentpoolError.from(thrown).message,
          hint: "agentpool doctor",
          cause: thrown,
        });
      },
    );
    if (result.exitCode === 0) return;
    throw new AgentpoolError("git_failed", `git ${args[0]} failed`, { why: result.stderr.trim() });
  };
  const author = ["-c", "user.name=agentpool try", "-c", "user.email=try@agentpool.invalid"];
  await git("init", "--quiet");
  await git("add", ".");
  await git(
    ...author,
    "-c",
    "commit.gpgsign=false",
    "commit",
    "--quiet",
    "--no-verify",
    "-m",
    "Greet",
  );
}
