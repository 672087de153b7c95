import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Check } from "./check.ts";

/** What surrounds a process that outlives the command that started it. */
export interface Surroundings {
  readonly platform: string;
  /** /proc/self/cgroup, empty where there is none. */
  readonly cgroup: string;
  readonly inContainer: boolean;
  /** A user manager of systemd answers here. */
  readonly userManager: boolean;
  readonly lingers: boolean;
  readonly user: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Says what would end the supervisor, and with it the agents, besides a reboot. */
export function judgeSurvival(around: Surroundings): Check {
  const name = "survival";
  const job = jobs.find(([variable]) => around.env[variable] !== undefined);
  if (job) {
    return { name, status: "warn", message: `sessions end with this ${job[1]}` };
  }
  if (around.inContainer) {
    return { name, status: "ok", message: "sessions live as long as this container" };
  }
  if (around.platform === "linux" && around.userManager) {
    if (around.lingers) {
      return { name, status: "ok", message: "sessions survive your logout (lingering is on)" };
    }
    return {
      name,
      status: "warn",
      message: "sessions end when your last login ends",
      repair: `loginctl enable-linger ${around.user}`,
    };
  }
  if (/\/session-[^/]+\.scope/.test(around.cgroup)) {
    return {
      name,
      status: "warn",
      message: "sessions end with this login where the system ends a login's processes",
      repair: `loginctl enable-linger ${around.user}`,
    };
  }
  return { name, status: "ok", message: "sessions live until the machine is shut down" };
}

/** Environment names by which a process can tell that it runs in a job somebody will end. */
const jobs: readonly (readonly [string, string])[] = [
  ["SLURM_JOB_ID", "Slurm job"],
  ["PBS_JOBID", "PBS job"],
  ["LSB_JOBID", "LSF job"],
  ["GITHUB_ACTIONS", "CI job"],
  ["GITLAB_CI", "CI job"],
  ["JENKINS_URL", "CI job"],
  ["BUILDKITE", "CI job"],
];

export function surroundings(env: Readonly<Record<string, string | undefined>>): Surroundings {
  const runtime = env["XDG_RUNTIME_DIR"];
  const user = env["USER"] ?? env["LOGNAME"] ?? String(process.getuid?.() ?? "");
  const cgroup = read("/proc/self/cgroup");
  return {
    platform: process.platform,
    cgroup,
    inContainer:
      existsSync("/.dockerenv") ||
      existsSync("/run/.containerenv") ||
      /docker|kubepods|containerd|libpod|lxc/.test(cgroup) ||
      env["container"] !== undefined,
    userManager: runtime !== undefined && existsSync(join(runtime, "systemd", "private")),
    lingers: existsSync(join("/var/lib/systemd/linger", user)),
    user,
    env,
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
