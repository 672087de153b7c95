import { writeSync } from "node:fs";
import { AgentpoolError } from "../../../src/domain/errors.ts";
import { Leases } from "../../../src/session/leases/leases.ts";
import { openStore } from "../../../src/store/open.ts";

/**
 * Asks for one path after the other in the store at this address, exclusively, as soon as a line
 * comes on standard input. Prints the number of each path it was given.
 */
const [address = "", name = "", rounds = "0"] = process.argv.slice(2);
const store = await openStore({ file: address, mode: "write", now: 0, lockWaitMs: 30_000 });
const leases = new Leases({ store, log: () => undefined, now: Date.now });
const go = Number(process.argv[5]);
writeSync(1, "ready\n");
while (Date.now() < go) await new Promise((resolve) => setImmediate(resolve));

for (let n = 0; n < Number(rounds); n += 1) {
  const place = { repoPath: "/r", filePath: `f${n}`, key: `/r/f${n}` };
  try {
    await leases.acquire(
      {
        holder: `agent:${name}`,
        sessionId: null,
        places: [place],
        mode: "exclusive",
        ttlMs: 3_600_000,
        intent: null,
        author: "person",
        requestKey: `${name} ${n}`,
        waitsUntil: null,
      },
      new AbortController().signal,
    );
    writeSync(1, `${n}\n`);
  } catch (thrown) {
    if (AgentpoolError.from(thrown).code !== "lease_conflict") throw thrown;
  }
}
leases.close();
await store.close();
