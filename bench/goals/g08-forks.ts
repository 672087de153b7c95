import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Figure, Goal } from "../goal.ts";
import { pause, sinceMs, stampNs } from "../measure/clock.ts";
import { summarise } from "../measure/statistics.ts";
import type { Bench } from "../stage/bench.ts";
import { Writer } from "../stage/writer.ts";

/** Programs that a tool of this kind is tempted to start over and over. */
const watched = ["tmux", "git", "ps", "pwd", "env"];

export const goal: Goal = {
  id: "G8",
  title: "programs started in steady state",
  limit: "none",
  moonshot: "0 tmux forks after start",
  needs: ["tmux", "proc"],
  measure,
};

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const shim = bench.newFolder();
  const record = join(shim, "started");
  mkdirSync(join(shim, "bin"));
  for (const name of watched) {
    const real = (process.env["PATH"] ?? "")
      .split(":")
      .map((folder) => join(folder, name))
      .find(existsSync);
    if (real === undefined) continue;
    const file = join(shim, "bin", name);
    writeFileSync(file, `#!/bin/sh\necho "${name} $*" >>"${record}"\nexec ${real} "$@"\n`);
    chmodSync(file, 0o755);
  }
  const started = (): string[] =>
    existsSync(record) ? readFileSync(record, "utf8").split("\n").slice(0, -1) : [];

  const home = await bench.openHome({ firstOnPath: join(shim, "bin") });
  const quiet = await home.spawnMany("idle", bench.count(20, 5));
  const busy = await home.spawnMany("working", bench.count(10, 3));
  const agent = await home.spawn("", { provider: "fake", given: { persona: "completed" } });
  await home.settled("running", busy.length);
  await home.ask("session.observe", {
    session_id: agent.id,
    wait_for: ["completed"],
    timeout_seconds: 20,
  });
  const atStart = started();

  const ids = new Set(busy.map(({ id }) => id));
  const panes = home.panes().filter(({ sessionId }) => ids.has(sessionId));
  using writer = new Writer(panes.map(({ sessionId, tty }) => ({ key: sessionId, tty })));
  const forMs = bench.count(30_000, 6_000);
  const begun = stampNs();
  let asked = 0;
  await Promise.all([
    writer.write(10, forMs),
    (async () => {
      // a turn, a look and a list in between: what people and programs do all the time
      for (; sinceMs(begun) < forMs; asked++) {
        await home.ask("session.send", {
          session_id: agent.id,
          message: `turn ${asked}`,
          wait: "turn",
        });
        await home.ask("session.observe", { session_id: quiet[0]?.id ?? "" });
        await home.ask("session.list", {});
        await pause(500);
      }
    })(),
  ]);
  const since = started().slice(atStart.length);
  const tmux = since.filter((line) => line.startsWith("tmux "));
  const seconds = sinceMs(begun) / 1_000;
  return [
    {
      what: `tmux started, ${busy.length} sessions spinning, ${quiet.length} idle, ${asked} turns`,
      unit: "",
      headline: "p50",
      value: summarise([tmux.length]),
      limit: summarise([0]),
      ratio: null,
      target: { text: "0", met: tmux.length === 0 },
      note: `in ${seconds.toFixed(0)} s; before that, to start everything: ${atStart.filter((line) => line.startsWith("tmux ")).length}`,
    },
    {
      what: `${watched.slice(1).join(", ")} started in the same time`,
      unit: "",
      headline: "p50",
      value: summarise([since.length - tmux.length]),
      limit: summarise([0]),
      ratio: null,
      note: since.length === 0 ? "nothing at all was started" : (since[0] ?? ""),
    },
  ];
}
