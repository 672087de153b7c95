// Loaded into a process before its program: measures how long its event loop stands still. SIGUSR2
// writes what was measured since the last time to the file LOOP_PROBE_FILE names.
import { renameSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";

const file = process.env["LOOP_PROBE_FILE"] ?? `${process.env["AGENTPOOL_HOME"]}/loop-probe.json`;
const resolutionMs = 1;
const delay = monitorEventLoopDelay({ resolution: resolutionMs });
delay.enable();
process.on("SIGUSR2", () => {
  const ms = (ns) => Math.max(0, ns / 1e6 - resolutionMs);
  const summary = {
    samples: delay.count,
    min: ms(delay.min),
    p50: ms(delay.percentile(50)),
    p95: ms(delay.percentile(95)),
    p99: ms(delay.percentile(99)),
    max: ms(delay.max),
    mean: ms(delay.mean),
    spread: 0,
  };
  delay.reset();
  writeFileSync(`${file}.part`, JSON.stringify(summary));
  renameSync(`${file}.part`, file);
});
