// needs: tmux
import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { isGone } from "../../support/is-gone.ts";
import { tmuxTestBed, type TmuxTestBed } from "../../support/tmux.ts";
import { waitFor } from "../../support/wait.ts";

const serverOf = async (bed: TmuxTestBed): Promise<number> =>
  Number(await bed.tmux("display-message", "-p", "#{pid}"));

test("a server whose socket is gone is ended with all that lives in it", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const { pid } = await bed.host.open(bed.spec("s", "sleep 60"));
  const server = await serverOf(bed);
  rmSync(bed.socketPath);

  await bed.host.endUnreachable();

  expect(isGone(server)).toBe(true);
  await waitFor(() => isGone(Number(pid)), { what: "the end of the agent" });
});

test("a successor's server at the same path is left alone", async () => {
  const bed = tmuxTestBed();
  await bed.host.connect();
  const server = await serverOf(bed);
  rmSync(bed.socketPath);
  const successor = bed.hostWith({ epoch: 1 });
  await successor.connect();
  await successor.open(bed.spec("next", "sleep 60"));

  await bed.host.endUnreachable();

  expect(isGone(server)).toBe(true);
  expect(await successor.list()).toMatchObject([{ sessionId: "next", dead: false }]);
});

test.each(["endUnreachable", "shutdown"] as const)(
  "%s of who was succeeded ends neither the server nor the successor's clients",
  async (end) => {
    const bed = tmuxTestBed();
    await bed.host.connect();
    const server = await serverOf(bed);
    const told: string[] = [];
    const successor = bed.hostWith({ epoch: 2, log: (_, message) => told.push(message) });
    await successor.connect();
    // the successor had ended its client; it has a new one after this
    await bed.host.list();

    await expect(bed.host[end]()).rejects.toMatchObject({ code: "stale_epoch" });

    expect(isGone(server)).toBe(false);
    const { pid } = await successor.open(bed.spec("next", "sleep 60"));
    expect(isGone(Number(pid))).toBe(false);
    expect(told).not.toContain("the tmux control client is gone");
  },
);
