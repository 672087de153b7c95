import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { parseUnixSockets } from "../../../src/runtime/tmux/lingering-server.ts";
import { person, whyNoPerson } from "../../support/person.ts";
import { seededRandom } from "../../support/random.ts";
import { skipBecause } from "../../support/skip.ts";
import { tmuxTestBed } from "../../support/tmux.ts";
import { waitFor } from "../../support/wait.ts";

test("connecting in the very moment in which a server ends begins the next one", async () => {
  const bed = tmuxTestBed();
  const random = seededRandom("leaving");
  for (let round = 1; round <= 40; round++) {
    const host = bed.hostWith({ epoch: round });
    await host.connect();
    await host.disconnect();
    const end = spawn("tmux", ["-S", bed.socketPath, "kill-server"], { stdio: "ignore" });
    await new Promise((resolve) => setTimeout(resolve, random() * 12));

    const next = bed.hostWith({ epoch: round });
    await next.connect();
    expect(await next.list()).toEqual([]);

    await next.disconnect();
    if (end.exitCode === null) await once(end, "exit");
  }
});

test(
  "a server that cannot end because a client of it hangs is ended, and the next one begins",
  skipBecause(whyNoPerson),
  async () => {
    const bed = tmuxTestBed();
    await bed.host.connect();
    const place = await bed.host.open(bed.spec("ap_1", "cat"));
    const { argv } = await bed.host.viewer(place, { write: false });
    person(argv, { cols: 80, rows: 24, env: { TERM: "xterm-256color", TMUX: "" } });
    const client = await waitFor(async () => {
      const lines = (await bed.tmux("list-clients", "-F", "#{client_session} #{client_pid}")).split(
        "\n",
      );
      return lines.find((line) => line.startsWith("ap_view_"))?.split(" ")[1];
    });
    process.kill(Number(client), "SIGSTOP");
    try {
      const lost = new Promise((resolve) => bed.host.on("lost", resolve));
      await bed.tmux("kill-server").catch(() => undefined);
      await lost;

      const next = bed.hostWith({ epoch: 2 });
      await next.connect();

      expect(await next.list()).toEqual([]);
      await next.open(bed.spec("ap_2", "cat"));
      expect(await next.list()).toMatchObject([{ sessionId: "ap_2", dead: false }]);
    } finally {
      process.kill(Number(client), "SIGKILL");
    }
  },
);

test("of the sockets that the kernel lists, those are found that listen on the path", () => {
  const text = [
    "Num       RefCount Protocol Flags    Type St Inode Path",
    "0000000000000000: 00000002 00000000 00010000 0001 01 111 /tmp/a b/tmux.sock",
    "0000000000000000: 00000003 00000000 00000000 0001 03 222 /tmp/a b/tmux.sock",
    "0000000000000000: 00000002 00000000 00010000 0001 01 333 /tmp/a b/tmux.sock.old",
    "0000000000000000: 00000003 00000000 00000000 0001 03 444",
  ].join("\n");

  expect(parseUnixSockets(text, "/tmp/a b/tmux.sock")).toEqual(["111"]);
});
