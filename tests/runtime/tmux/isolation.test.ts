import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { executable } from "../../support/programs.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { plainEnv, tmuxTestBed } from "../../support/tmux.ts";
import { waitFor } from "../../support/wait.ts";

const tmuxPath = execFileSync("sh", ["-c", "command -v tmux"], { encoding: "utf8" }).trim();

test("neither the user's tmux settings nor their running tmux change anything, or are changed", async () => {
  const folder = tempFolder();
  const home = join(folder, "home");
  mkdirSync(home);
  writeFileSync(
    join(home, ".tmux.conf"),
    [
      "set -g base-index 1",
      "set -g pane-base-index 1",
      "set -g status-position top",
      "set -g remain-on-exit off",
      "set -g default-size 80x24",
      "set -g prefix C-a",
      "set -g default-command 'echo hostile'",
      "set -g exit-empty off",
      "set-hook -g session-created 'kill-session'",
    ].join("\n"),
  );
  // theirs: the default socket of a TMUX_TMPDIR of its own
  const theirs = { ...plainEnv(), HOME: home, TMUX_TMPDIR: folder };
  const user = (...args: string[]): string =>
    execFileSync(tmuxPath, args, { env: theirs, encoding: "utf8" });
  user("-f", "/dev/null", "new-session", "-d", "-s", "work", "-x", "90", "-y", "30", "cat");
  onTestFinished(() => void user("kill-server"));
  user("set", "-g", "base-index", "1");
  const [socket] = user("display-message", "-p", "#{socket_path}").split("\n");
  const before = user("list-windows", "-a") + user("show-options", "-g") + user("list-keys");

  const bed = tmuxTestBed({ serverEnv: { ...theirs, TMUX: `${socket},1,0`, TMUX_PANE: "%0" } });
  await bed.host.connect();
  const place = await bed.host.open(bed.spec("ap_1", "echo mine; read -r x; exit 4"));
  await waitFor(async () => (await bed.host.capture(place))?.lines[0] === "mine");
  expect(await bed.host.list()).toMatchObject([{ sessionId: "ap_1", cols: 200, rows: 50 }]);
  expect(await bed.host.press(place, ["Enter"])).toEqual({ ok: true });
  await waitFor(async () => (await bed.host.list())[0]?.exitCode === 4);

  expect(user("list-windows", "-a") + user("show-options", "-g") + user("list-keys")).toBe(before);
});

test("once it runs, no tmux is started any more besides the two control clients", async () => {
  const folder = tempFolder();
  const calls = join(folder, "calls");
  executable(folder, "tmux", `#!/bin/sh\necho "$*" >> ${calls}\nexec ${tmuxPath} "$@"\n`);
  const bed = tmuxTestBed({
    serverEnv: { ...plainEnv(), PATH: `${folder}:${plainEnv()["PATH"]}` },
  });
  const mark = { deliveryId: "dl_1", stage: "pasted" } as const;
  const died: string[] = [];
  bed.host.on("died", (id) => died.push(id));

  await bed.host.connect();
  const place = await bed.host.open(bed.spec("ap_1", "read -r x; read -r y; echo bye; exit 2"));
  await bed.host.paste(place, "x".repeat(20_000), { mark });
  await bed.host.press(place, ["C-c"], { mark });
  await waitFor(() => died.length > 0);
  await bed.host.list();
  await bed.host.capture(place);
  await bed.host.mark(place);
  await bed.host.viewer(place, { write: false });
  await bed.host.close(place);

  const started = readFileSync(calls, "utf8").trim().split("\n");
  expect(started).toHaveLength(3);
  expect(started[0]).toBe("-V");
  expect(started[1]).toContain(" -C new-session ");
  expect(started[2]).toContain(" -C attach-session ");
});
