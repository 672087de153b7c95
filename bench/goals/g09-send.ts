import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Figure, Goal } from "../goal.ts";
import { pause, stampNs } from "../measure/clock.ts";
import { pairedRatio, summarise } from "../measure/statistics.ts";
import type { BareTmux } from "../stage/bare-tmux.ts";
import type { Bench } from "../stage/bench.ts";
import type { BenchHome } from "../stage/home.ts";
import { Reports } from "../stage/reports.ts";

export const goal: Goal = {
  id: "G9",
  title: "send: the request to the bytes in the program",
  limit: "a bare control client that pastes from a buffer into the same program",
  moonshot: "p50 <= 1 ms; 1 MB paste <= 2 x raw, byte-exact",
  needs: ["tmux", "proc"],
  measure,
};

/** What bench/programs/reader.mjs tells. */
interface Arrival {
  readonly session: string;
  readonly fact: "ready" | "paste";
  readonly firstAt: number;
  readonly lastAt: number;
  readonly bytes: number;
  readonly sha256: string;
}

async function measure(bench: Bench): Promise<readonly Figure[]> {
  const home = await bench.openHome();
  const tmux = await bench.openTmux();
  await using reports = new Reports<Arrival>(bench);
  const ready = (who: (session: string) => boolean): Promise<Arrival> =>
    reports.next("the reader", ({ fact, session }) => fact === "ready" && who(session));
  const bareReady = ready((session) => session === "bare");
  const { id: pane } = await tmux.openPane([
    process.execPath,
    bench.program("reader.mjs"),
    reports.socket,
  ]);
  await bareReady;
  const agentReady = ready((session) => session !== "bare");
  const { id: session } = await home.spawn("reader", { given: { socket: reports.socket } });
  await agentReady;
  await home.settled("idle", 1);

  const raw = { tmux, pane, folder: bench.newFolder() };
  const small = await pairs(bench, bench.count(200, 20), (n) => ({
    text: `prompt ${n}: say hello`,
    bare: (text) => sendRaw(reports, raw, text),
    product: (text) => send(reports, home, session, text),
  }));
  const big = await pairs(bench, bench.count(15, 3), (n) => ({
    text: `${n} ${"0123456789abcdef".repeat(65_536)}`.slice(0, 1_000_000),
    bare: (text) => sendRaw(reports, raw, text),
    product: (text) => send(reports, home, session, text),
  }));
  const first = { value: summarise(small.product), limit: summarise(small.bare) };
  const whole = { value: summarise(big.product), limit: summarise(big.bare) };
  const bigRatio = pairedRatio(big.product, big.bare);
  return [
    {
      what: "a short prompt to an idle agent: request to its first byte",
      unit: "ms",
      headline: "p50",
      ...first,
      ratio: pairedRatio(small.product, small.bare),
      target: { text: "p50 <= 1 ms", met: first.value.p50 <= 1 },
    },
    {
      what: "1 MB: request to its last byte, byte-exact",
      unit: "ms",
      headline: "p50",
      ...whole,
      ratio: bigRatio,
      target: { text: "<= 2 x limit", met: bigRatio !== null && bigRatio <= 2 },
    },
  ];
}

async function pairs(
  bench: Bench,
  count: number,
  sample: (n: number) => {
    readonly text: string;
    readonly bare: (text: string) => Promise<number>;
    readonly product: (text: string) => Promise<number>;
  },
): Promise<{ readonly bare: number[]; readonly product: number[] }> {
  const taken: { bare: number[]; product: number[] } = { bare: [], product: [] };
  for (let n = 0; n < count; n++) {
    bench.say(`text ${n + 1} of ${count}`);
    const { text, bare, product } = sample(n);
    taken.bare.push(await bare(text));
    taken.product.push(await product(text));
  }
  return taken;
}

/** Through the product, from the call to the arrival; then waits for the turn to be over. */
async function send(
  reports: Reports<Arrival>,
  home: BenchHome,
  session: string,
  text: string,
): Promise<number> {
  const arrived = arrival(reports, session, text);
  const at = stampNs();
  const sent = home.ask<{ turn: { state: string } | null }>("session.send", {
    session_id: session,
    message: text,
    wait: "turn",
    timeout_seconds: 60,
  });
  const [{ firstAt, lastAt }] = await Promise.all([arrived, sent]);
  const { turn } = await sent;
  if (turn?.state !== "completed") throw new Error(`the turn is ${turn?.state ?? "missing"}`);
  await pause(20);
  return ((text.length > 10_000 ? lastAt : firstAt) - at) / 1e6;
}

/** As quick as tmux allows: a buffer, a paste, and a Return that empties the line again. */
async function sendRaw(
  reports: Reports<Arrival>,
  raw: { readonly tmux: BareTmux; readonly pane: string; readonly folder: string },
  text: string,
): Promise<number> {
  const arrived = arrival(reports, "bare", text);
  const { client } = raw.tmux;
  const at = stampNs();
  if (text.length > 10_000) {
    const file = join(raw.folder, "text");
    writeFileSync(file, text);
    void client.ask(`load-buffer ${file} ; paste-buffer -dpr -t ${raw.pane}`);
  } else {
    void client.ask(`set-buffer '${text}' ; paste-buffer -dpr -t ${raw.pane}`);
  }
  const { firstAt, lastAt } = await arrived;
  await client.ask(`send-keys -t ${raw.pane} Enter`);
  await pause(20);
  return ((text.length > 10_000 ? lastAt : firstAt) - at) / 1e6;
}

async function arrival(reports: Reports<Arrival>, session: string, text: string): Promise<Arrival> {
  const came = await reports.next(
    "the text",
    (one) => one.fact === "paste" && one.session === session,
  );
  const sha256 = createHash("sha256").update(text).digest("hex");
  if (came.sha256 !== sha256) throw new Error(`${came.bytes} bytes came, and not the same`);
  return came;
}
