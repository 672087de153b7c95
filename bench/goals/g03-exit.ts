import { spawnSync } from "node:child_process";
import { constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import type { Figure, Goal } from "../goal.ts";
import { pause, stampNs } from "../measure/clock.ts";
import { pairedRatio, summarise } from "../measure/statistics.ts";
import type { BareTmux } from "../stage/bare-tmux.ts";
import type { Bench } from "../stage/bench.ts";
import { EventFeed } from "../stage/events.ts";
import type { BenchHome } from "../stage/home.ts";

/** As bench/programs/provider.mjs has it. */
const program = ["/bin/sh", "-c", "trap 'echo bye; exit 7' TERM; while :; do read -r line; done"];
const code = 7;
/** A hook that has not rung by then has missed the end; tmux is made to look. */
const missedAfterMs = 250;

export const goal: Goal = {
  id: "G3",
  title: "exit detection: the program is told to end, a subscriber has the exit code",
  limit: "tmux's pane-died hook that runs a shell writing into a pipe",
  moonshot: "p50 <= 2 x hook limit, never missed in 1,000 exits",
  needs: ["tmux", "proc"],
  measure,
};

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const home = await bench.openHome();
  const tmux = await bench.openTmux();
  using hook = openHook(bench, tmux);
  using feed = await EventFeed.open(home);
  const exits = bench.count(1_000, 40);
  const value: number[] = [];
  const limit: number[] = [];
  let missedByHook = 0;
  for (let i = 0; i < exits; i++) {
    if (i % 50 === 0) bench.say(`${i} of ${exits} exits`);
    const bare = await hook.end();
    if (bare === undefined) missedByHook++;
    else limit.push(bare);
    value.push(await endSession(home, feed, "SIGTERM"));
  }
  const silent: number[] = [];
  for (let i = 0; i < bench.count(100, 10); i++) {
    silent.push(await endSession(home, feed, "SIGKILL"));
  }
  const [subject, bare] = [summarise(value), summarise(limit)];
  const ratio = pairedRatio(value, limit);
  return [
    {
      what: `${exits} exits with code ${code}, each after a last word`,
      unit: "ms",
      headline: "p50",
      value: subject,
      limit: bare,
      ratio,
      target: {
        text: "p50 <= 2 x limit, none missed",
        met: ratio !== null && ratio <= 2,
      },
      note: `none of ${exits} was missed; the bare hook missed ${missedByHook}, which do not count in the limit`,
    },
    {
      what: "killed without a word (kill -9)",
      unit: "ms",
      headline: "p50",
      value: summarise(silent),
      limit: bare,
      ratio: summarise(silent).p50 / bare.p50,
      note: "tmux built with libutempter overlooks some of these until the next child ends; a clock makes it look once a second",
    },
  ];
}

/** Starts a session, ends its program, and waits for the event. @throws {Error} when it is missed */
async function endSession(
  home: BenchHome,
  feed: EventFeed,
  signal: "SIGTERM" | "SIGKILL",
): Promise<number> {
  const { id } = await home.spawn("ends");
  const { pid } = home.panes().find(({ sessionId }) => sessionId === id) ?? {};
  if (pid === undefined) throw new Error(`session ${id} has no pane`);
  // its shell has to come to the line that sets the trap
  await pause(30);
  const ended = feed.next(
    `the end of ${id}`,
    ({ type, session_id }) => type === "session_exited" && session_id === id,
    10_000,
  );
  const at = stampNs();
  process.kill(pid, signal);
  const { event, atNs } = await ended;
  const known = event.type === "session_exited" ? event.exit_code : null;
  if (signal === "SIGTERM" && known !== code) throw new Error(`its exit code was ${known}`);
  return (atNs - at) / 1e6;
}

interface Hook extends Disposable {
  /** Ends a program; ms until the hook rang, undefined when it did not by itself. */
  end(): Promise<number | undefined>;
}

function openHook(bench: Bench, tmux: BareTmux): Hook {
  const pipe = join(bench.newFolder(), "died");
  spawnSync("mkfifo", [pipe]);
  // open for both, so that neither side waits for the other
  const file = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  let rung: (atNs: number) => void = () => undefined;
  const stream = new Socket({ fd: file, readable: true, writable: false });
  stream.on("data", () => rung(stampNs()));
  tmux.fork("set-hook", "-g", "pane-died", `run-shell "echo x >${pipe}"`);
  return {
    end: async () => {
      const pane = await tmux.openPane(program);
      await pause(30);
      const heard = new Promise<number>((resolve) => (rung = resolve));
      const at = stampNs();
      process.kill(pane.pid, "SIGTERM");
      const late = pause(missedAfterMs).then(() => undefined);
      const first = await Promise.race([heard, late]);
      if (first === undefined) {
        process.kill(tmux.serverPid, "SIGCHLD");
        await heard;
      }
      await tmux.client.ask(`kill-pane -t ${pane.id}`);
      return first === undefined ? undefined : (first - at) / 1e6;
    },
    [Symbol.dispose]: () => {
      stream.destroy();
    },
  };
}
