import { writeSync } from "node:fs";
import { openStore } from "../../../src/store/open.ts";
import { step, twins } from "../store-steps.ts";

/**
 * Commits one step after the other to the store at this address, until it is killed. Prints the
 * number of each step once its commit has resolved.
 */
const [address = "", pauseMs = "0"] = process.argv.slice(2);
const store = await openStore({ file: address, mode: "write", now: 0 });

const first = await store.sessions.get(twins[0]);
if (first === undefined) await store.commit(step(0));
for (let n = (first?.version ?? 0) + 1; ; n += 1) {
  await store.commit(step(n));
  writeSync(1, `${n}\n`);
  if (pauseMs !== "0") await new Promise((resolve) => setTimeout(resolve, Number(pauseMs)));
}
