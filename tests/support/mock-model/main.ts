/**
 * The mock model as a program, for trying an agent CLI by hand:
 * `node tests/support/mock-model/main.ts [--port N] [--journal FILE]` with a Node that reads
 * TypeScript (22.18 or newer). Prints its address, runs until it is ended.
 */
import { parseArgs } from "node:util";
import { startMockModel } from "./server.ts";

const { values } = parseArgs({
  options: { port: { type: "string", default: "0" }, journal: { type: "string" } },
});

const mock = await startMockModel({
  port: Number(values.port),
  ...(values.journal === undefined ? {} : { journalFile: values.journal }),
});
process.stdout.write(`${mock.url}\n`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void mock.close().then(() => process.exit(0)));
}
