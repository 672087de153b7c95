// needs: tmux
import { spawn } from "node:child_process";
import { expect, onTestFinished, test } from "vitest";
import { isGone } from "../../support/is-gone.ts";
import { tmuxTestBed } from "../../support/tmux.ts";
import { waitFor } from "../../support/wait.ts";

test("a control client whose reader was killed in the middle of output does not outlive the next take-over", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  await bed.host.open(bed.spec("ap_1", "yes; exec cat"));
  const left = spawn("tmux", ["-S", bed.socketPath, "-C", "attach-session", "-t", "=agents"]);
  onTestFinished(() => void left.kill("SIGKILL"));
  const gone = new Promise((resolve) => left.once("exit", resolve));
  // as much as its pipe holds is on its way when nobody is left to read it
  await waitFor(() => left.stdout.readableLength > 0);
  left.stdin.destroy();
  left.stdout.destroy();

  const server = Number(await bed.tmux("display-message", "-p", "#{pid}"));
  const successor = bed.hostWith({ epoch: 2 });
  await successor.connect();
  await gone;
  const [place] = await successor.list();
  if (place) await successor.close(place.place);
  await successor.shutdown();

  await waitFor(() => isGone(server));
  expect(left.exitCode ?? left.signalCode).not.toBeNull();
});
