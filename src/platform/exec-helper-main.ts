import { AgentpoolError } from "../domain/errors.ts";
import type { HelperAnswer, HelperRequest } from "./exec-helper.ts";
import { exec } from "./exec.ts";

/** The process that exec-helper starts: runs what it is told to, and ends with who told it. */
const running = new Map<number, AbortController>();

process.title = "agentpool exec helper";
process.on("message", (request: HelperRequest) => {
  if ("abort" in request) running.get(request.abort)?.abort();
  else void run(request);
});
process.on("disconnect", () => process.exit(0));
answer({ ready: true });

async function run({
  id,
  argv,
  options,
}: Exclude<HelperRequest, { abort: number }>): Promise<void> {
  const stop = new AbortController();
  running.set(id, stop);
  try {
    answer({ id, result: await exec(argv, { ...options, signal: stop.signal }) });
  } catch (thrown) {
    answer({ id, error: AgentpoolError.from(thrown).toBody() });
  } finally {
    running.delete(id);
  }
}

function answer(message: HelperAnswer): void {
  // it may be gone: then nobody waits any more
  process.send?.(message, undefined, undefined, () => undefined);
}
