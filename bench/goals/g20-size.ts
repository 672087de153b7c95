import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { Figure, Goal } from "../goal.ts";
import { pause, until } from "../measure/clock.ts";
import { summarise } from "../measure/statistics.ts";
import type { Bench } from "../stage/bench.ts";

/** A person's terminal, smaller than the agent's. */
const person = { cols: 80, rows: 24 };
const wanted = "200x50";

export const goal: Goal = {
  id: "G20",
  title: "size: the agent's screen while people attach from smaller terminals",
  limit: "a bare tmux with its own policy, attached once",
  moonshot: "capture stays WxH through 100 human attaches; server never crashes",
  needs: ["tmux", "python3", "proc"],
  measure,
};

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const attaches = bench.count(100, 6);
  const home = await bench.openHome();
  const tmux = await bench.openTmux();
  const { id } = await home.spawn("idle");
  const [pane] = home.panes();
  if (!pane) throw new Error("the session has no pane");
  const server = home.tmuxServerPid;
  const size = (): string =>
    home.tmux("display-message", "-p", "-t", pane.pane, "#{window_width}x#{window_height}");
  const rows = (): number =>
    Number(home.tmux("display-message", "-p", "-t", pane.pane, "#{pane_height}"));

  let held = 0;
  const attach = [process.execPath, bench.product.command, "attach", id];
  for (let i = 0; i < attaches; i++) {
    bench.say(`attach ${i + 1} of ${attaches}`);
    const somebody = attachAs(bench, i % 2 === 0 ? attach : [...attach, "--rw"], home.env);
    await until("the person's terminal", () => somebody.shown().length > 500, {
      timeoutMs: 20_000,
    });
    const during = [size(), rows()] as const;
    // as people leave: by the key, or by closing their terminal
    if (i % 4 === 3) somebody.process.kill("SIGHUP");
    else somebody.process.stdin?.write("\u0002d");
    await until(
      "the person to leave",
      () => somebody.process.exitCode !== null || somebody.process.signalCode !== null,
    );
    const after = [size(), rows()] as const;
    const isHeld = [during, after].every(([one, lines]) => one === wanted && lines === 50);
    if (isHeld && home.tmuxServerPid === server) held++;
  }

  const bareSize = (): string =>
    tmux.fork("display-message", "-p", "-t", "bare", "#{window_width}x#{window_height}");
  tmux.client.close();
  const before = bareSize();
  const bare = attachAs(
    bench,
    ["tmux", "-S", tmux.socket, "attach-session", "-t", "bare"],
    home.env,
  );
  await pause(1_000);
  const shrunk = bareSize();
  bare.process.kill("SIGKILL");
  return [
    {
      what: `attaches through which it stayed ${wanted}, of ${attaches}`,
      unit: "",
      headline: "p50",
      value: summarise([held]),
      limit: summarise([attaches]),
      ratio: held / attaches,
      target: { text: "all of them, and the server lives", met: held === attaches },
      note: `a bare tmux went from ${before} to ${shrunk} when one person attached at ${person.cols}x${person.rows}`,
    },
  ];
}

interface Somebody {
  readonly process: ChildProcess;
  readonly shown: () => string;
}

/** Runs a program in a terminal as a person's would be. */
function attachAs(
  bench: Bench,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Somebody {
  const terminal = join(bench.root, "tests", "support", "terminal-program.py");
  const child = spawn("python3", [terminal, String(person.cols), String(person.rows), ...argv], {
    env: { ...env },
    stdio: ["pipe", "pipe", "ignore"],
  });
  let shown = "";
  child.stdout.on("data", (chunk: Buffer) => (shown += chunk.toString("latin1")));
  child.stdin.on("error", () => undefined);
  return { process: child, shown: () => shown };
}
