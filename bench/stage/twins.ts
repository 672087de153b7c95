import { pause } from "../measure/clock.ts";
import type { BareTmux } from "./bare-tmux.ts";
import type { Bench } from "./bench.ts";
import type { BenchHome } from "./home.ts";
import { Receiver } from "./receiver.ts";
import { reactions, Writer, type Write } from "./writer.ts";

/** The same panes twice, written into in turns: in a bare tmux, and as sessions. */
export interface Twins extends AsyncDisposable {
  readonly bare: Twin;
  readonly agentpool: Twin;
  readonly tmux: BareTmux;
  readonly home: BenchHome;
}

export interface Twin {
  readonly writer: Writer;
  /** Who is told of output; opened by `listen`. */
  receiver: Receiver | undefined;
  /** Starts the process that is told of all output. */
  listen(): Promise<Receiver>;
  /** Ends that process. */
  hangUp(): Promise<void>;
  /** Writes, and gives how long each write took to be heard of in ms; `listen` came before. */
  react(perSecond: number, forMs: number): Promise<Reactions>;
}

export interface Reactions {
  readonly ms: readonly number[];
  readonly lost: number;
  readonly writes: readonly Write[];
}

/**
 * @param options how many panes there are, how many of them are written into, and which agents
 */
export async function openTwins(
  bench: Bench,
  options: { readonly panes: number; readonly busy: number; readonly provider?: string },
): Promise<Twins> {
  const { panes, busy, provider = "bench" } = options;
  const tmux = await bench.openTmux();
  const home = await bench.openHome();
  const still = ["/bin/sh", bench.program("still.sh")];
  const bareTargets = [];
  for (let i = 0; i < panes; i++) {
    const pane = await tmux.openPane([...still, i < busy ? "working" : "idle"]);
    if (i < busy) bareTargets.push({ key: pane.id, tty: pane.tty });
  }
  // from here on the bare server has the clients that its measurements give it, and no other
  tmux.client.close();
  const working = new Set(
    (await home.spawnMany("working", busy, { provider })).map(({ id }) => id),
  );
  await home.spawnMany("idle", panes - busy, { provider });
  await home.settled("running", busy);
  const targets = home
    .panes()
    .filter(({ sessionId }) => working.has(sessionId))
    .map(({ sessionId, tty }) => ({ key: sessionId, tty }));
  const bare = twin(new Writer(bareTargets), () => Receiver.bare(bench, tmux));
  const agentpool = twin(new Writer(targets), () => Receiver.agentpool(bench, home));
  return {
    bare,
    agentpool,
    tmux,
    home,
    [Symbol.asyncDispose]: async () => {
      for (const one of [bare, agentpool]) {
        one.writer[Symbol.dispose]();
        await one.receiver?.[Symbol.asyncDispose]();
      }
    },
  };
}

function twin(writer: Writer, open: () => Promise<Receiver>): Twin {
  const self: Twin = {
    writer,
    receiver: undefined,
    listen: async () => (self.receiver ??= await open()),
    hangUp: async () => {
      await self.receiver?.[Symbol.asyncDispose]();
      self.receiver = undefined;
    },
    react: async (perSecond, forMs) => {
      const receiver = await self.listen();
      await receiver.take();
      const writes = await writer.write(perSecond, forMs);
      await pause(200);
      return { ...reactions(writes, await receiver.take()), writes };
    },
  };
  return self;
}
