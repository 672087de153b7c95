// A place to run agent CLIs in that reaches nothing but its own loopback, and whose processes all
// end with it.
import { spawnSync } from "node:child_process";

const SPACES = ["--net", "--pid", "--fork", "--kill-child", "--mount-proc"];

/**
 * How to run a program in such a place.
 * @returns {{prefix: readonly string[]} | {reason: string}} argv to put before the program's own, or
 *   why this machine has no such place.
 */
export function isolation() {
  if (process.platform !== "linux") {
    return { reason: "network namespaces exist on Linux only" };
  }
  // The shell stays as the first process: it takes over orphans and clears them away.
  const inner = ["sh", "-c", 'ip link set lo up && { "$@" & wait $!; }', "sh"];
  const failures = [];
  for (const rights of [[], ["--map-root-user"]]) {
    const prefix = ["unshare", ...rights, ...SPACES, "--", ...inner];
    const [program, ...args] = prefix;
    const tried = spawnSync(program, [...args, "true"], { encoding: "utf8", timeout: 10_000 });
    if (tried.status === 0) return { prefix };
    failures.push((tried.error?.message ?? tried.stderr).trim().split("\n").at(-1));
  }
  return { reason: `no network namespace to be had: ${failures.join("; ")}` };
}
