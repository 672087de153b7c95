// needs: tmux
import { spawnSync } from "node:child_process";
import { rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { startToken } from "../../src/supervisor/start-token.ts";
import { ensureBuilt } from "../support/built.ts";
import { spawnAgent } from "../support/cli-agent.ts";
import { asksSupervisor, cliHome, type CliHome } from "../support/cli-home.ts";
import { skipBecause } from "../support/skip.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

const canMount = spawnSync("sh", ["-c", "d=$(mktemp -d); mount -t tmpfs tmpfs $d && umount $d"]);
const mounted = skipBecause(
  canMount.status === 0 ? undefined : "only root can make a disk small enough",
);

/** A disk of its own for a home. */
function diskOf(options: string): string {
  const folder = tempFolder();
  const { status, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]);
  if (status !== 0) throw new Error(String(stderr));
  // an agent that ends a moment later keeps it busy until then
  onTestFinished(() => void spawnSync("umount", ["-l", folder]));
  return folder;
}

/** Leaves so many bytes free. */
function fill(folder: string, left = 0): void {
  const filler = join(folder, "filler");
  spawnSync("dd", ["if=/dev/zero", `of=${filler}`, "bs=4096"]);
  truncateSync(filler, statSync(filler).size - left);
}

/** A command waits so long for a supervisor that does not come. */
const startWithinMs = 20_000;

/** Runs a command that needs a supervisor; it must not wait for one that cannot start. */
async function refused(home: CliHome): Promise<string> {
  const startedAt = Date.now();
  const { stdout, stderr } = await home.run(asksSupervisor, { status: 1 });
  expect(stdout).toBe("");
  expect(Date.now() - startedAt).toBeLessThan(startWithinMs);
  return stderr;
}

test(
  "a supervisor killed on a disk that is full by now is missed at once, and is back when there is space",
  mounted,
  async () => {
    const folder = diskOf("size=4m");
    const home = cliHome({ folder });
    const record = join(tempFolder(), "record.jsonl");
    await spawnAgent(home, "hello", { set: { record } });
    const killed = home.supervisor();
    process.kill(killed, "SIGKILL");
    await waitFor(() => startToken(killed) === undefined);

    fill(folder);

    // the first one may still find a few blocks that the killed one had
    for (let n = 0; n < 2; n++) {
      const stderr = await refused(home);
      expect(stderr).toMatch(/^error: No space is left .+ \(disk_full\)\n {2}why: .+\n {2}try: /);
      expect(stderr).toContain("df -h");
    }
    rmSync(join(folder, "filler"));
    await home.run(["send", "s", "again", "--wait", "turn", "--timeout", "60s"]);
  },
);

test(
  "a first supervisor tells of the disk, however far it comes before it is full",
  mounted,
  async () => {
    const folder = diskOf("size=1m");
    const home = cliHome({ folder });

    for (const left of [0, 4, 12, 40, 96]) {
      fill(folder, left * 1024);
      const stderr = await refused(home);
      expect(stderr, `${left} kB left`).toMatch(/^error: No space is left .+ \(disk_full\)\n/);
      rmSync(home.home.root, { recursive: true, force: true });
    }
    rmSync(join(folder, "filler"));
    await home.wake();
  },
);

test("a disk without room for another file is named as well", mounted, async () => {
  for (const files of [3, 6, 10]) {
    const home = cliHome({ folder: diskOf(`size=4m,nr_inodes=${files}`) });

    expect(await refused(home), `${files} files`).toContain("ENOSPC: no space left on device");
  }
});
