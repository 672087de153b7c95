import { openStore } from "../../../src/store/open.ts";
import { step } from "../store-steps.ts";

/** Commits so many steps to the store at this address, and ends without closing it. */
const [address = "", count = "1"] = process.argv.slice(2);
const store = await openStore({ file: address, mode: "write", now: 0 });
for (let n = 0; n <= Number(count); n += 1) await store.commit(step(n));
process.stdout.write(`${(await store.sessions.live())[0]?.version}\n`);
