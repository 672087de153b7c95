// Records real agent CLIs for the corpus of detection (docs/detection.md), by hand:
//   node scripts/record-screens.mjs codex [claude ... fake]
// AGENTPOOL_RECORD="limit,talk 80x24" narrows it to scenarios and a size. Runs as root on Linux: the
// agents live in a folder that has the same name everywhere, on a file system of their own.
import { agentNames, ensureInstalled } from "./lib/agents.mjs";
import { isolation } from "./lib/isolation.mjs";
import { runVitest } from "./lib/vitest-run.mjs";

const home = "/srv/dev";
const wanted = process.argv.slice(2);
const known = [...agentNames, "fake"];
const unknown = wanted.find((name) => !known.includes(name));
if (wanted.length === 0 || unknown !== undefined) {
  console.error(`Usage: node scripts/record-screens.mjs ${known.join("|")}...`);
  process.exit(2);
}
const place = isolation();
if (place.prefix === undefined) {
  console.error(place.reason);
  process.exit(1);
}
for (const name of wanted.filter((one) => agentNames.includes(one))) {
  const { state, detail } = await ensureInstalled(name, console.error);
  if (state === "ok") continue;
  console.error(`${name}: ${detail}`);
  process.exit(1);
}
const skip = Object.fromEntries(
  agentNames.filter((name) => !wanted.includes(name)).map((name) => [name, "not asked for"]),
);
const env = {
  ...process.env,
  AGENTPOOL_REAL: JSON.stringify({ isolated: true, full: true, skip }),
  AGENTPOOL_RECORD_HOME: home,
  AGENTPOOL_RECORD_FAKE: wanted.includes("fake") ? "1" : "",
};
delete env["NODE_EXTRA_CA_CERTS"];
const mount = ["sh", "-c", `mount -t tmpfs tmpfs /srv && mkdir ${home} && exec "$@"`, "sh"];
const { tests, problems } = await runVitest(["--config=tests/record/vitest.config.ts"], {
  minutes: 60,
  prefix: [...place.prefix, ...mount],
  env,
});
const failed = tests.filter(({ state }) => state === "failed");
console.log(`${tests.length - failed.length} recorded, ${failed.length + problems.length} failed`);
process.exit(failed.length + problems.length > 0 ? 1 : 0);
