import { Worker } from "node:worker_threads";

/** Reading a definition takes milliseconds; on a busy machine a thread alone takes half a second. */
const withinMs = 5_000;

/** What a module of somebody else does is awaited in a thread, which can be stopped. */
const trial = `
const { parentPort, workerData } = require("node:worker_threads");
import(workerData).then(
  () => parentPort.postMessage({ ok: true }),
  (thrown) => parentPort.postMessage({
    failed: String(thrown?.message ?? thrown),
    stack: String(thrown?.stack ?? ""),
  }),
);
`;

export type Tried = { readonly ok: true } | { readonly failed: string; readonly stack: string };

/**
 * Imports a module where it harms nobody: one that loops, waits for ever or ends the process would
 * take the whole supervisor with it. What it prints goes nowhere.
 * @param options `timeoutMs` is for tests
 */
export async function tryImport(
  url: string,
  { timeoutMs = withinMs }: { readonly timeoutMs?: number } = {},
): Promise<Tried> {
  const worker = new Worker(trial, {
    eval: true,
    workerData: url,
    stdin: true,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Tried>((resolve) => {
      const fail = (failed: string): void => resolve({ failed, stack: "" });
      worker.once("message", resolve);
      worker.once("error", (thrown: unknown) => {
        fail(thrown instanceof Error ? thrown.message : String(thrown));
      });
      worker.once("exit", () => fail("it ends the process that reads it"));
      timer = setTimeout(
        () => fail(`it was not read within ${timeoutMs / 1000} s: it waits for something or loops`),
        timeoutMs,
      );
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
