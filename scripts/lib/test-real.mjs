// Runs tests/real against the real agent CLIs: installs them, shuts them in without a network, and
// says for each what passed, failed and was skipped and why. The last line is the sum.
import { parseArgs } from "node:util";
import { agentNames, companionNames, ensureInstalled } from "./agents.mjs";
import { withFurtherTries } from "./further-tries.mjs";
import { isolation } from "./isolation.mjs";
import { printFailures, printUnsteady, runVitest } from "./vitest-run.mjs";

const USAGE = `Usage: scripts/test-real [--all] [--install-only] [${agentNames.join("|")}]... [-- <vitest options>]
  --all           everything, three rounds, for what is not steady; run by hand
  --install-only  only install what is missing, and say what is there`;

/** Real programs on a busy machine: what goes wrong once in a while shows in the third round. */
const roundsOfAll = 3;

const options = readOptions();
const required = (process.env["AGENTPOOL_REQUIRE"] ?? "").split(",");

const place = isolation();
const agents = [];
for (const name of agentNames) agents.push({ name, ...(await prepare(name)) });
const companions = [];
if (options.chosen === agentNames) {
  for (const name of companionNames) {
    companions.push({ name, ...(await ensureInstalled(name, console.error)) });
  }
}
if (options.installOnly) {
  for (const { name, version, state, reason, detail } of [...agents, ...companions]) {
    console.log([name, version, state, reason ?? detail].filter(Boolean).join("  "));
  }
  process.exit([...agents, ...companions].some(({ state }) => state === "broken") ? 1 : 0);
}

const tests = [];
const problems = [];
for (let round = 1; round <= (options.all ? roundsOfAll : 1); round++) {
  const outcome = await runTests();
  tests.push(...outcome.tests);
  problems.push(...outcome.problems);
}
report();

function readOptions() {
  const split = process.argv.indexOf("--");
  const own = process.argv.slice(2, split < 0 ? undefined : split);
  try {
    const { values, positionals } = parseArgs({
      args: own,
      options: { all: { type: "boolean" }, "install-only": { type: "boolean" } },
      allowPositionals: true,
    });
    const unknown = positionals.find((name) => !agentNames.includes(name));
    if (unknown !== undefined) throw new Error(`no agent called ${unknown}`);
    return {
      all: values.all ?? false,
      installOnly: values["install-only"] ?? false,
      chosen: positionals.length > 0 ? positionals : agentNames,
      vitest: split < 0 ? [] : process.argv.slice(split + 1),
    };
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

/** @returns what can be done with an agent; `reason` when its tests cannot run. */
async function prepare(name) {
  if (!options.chosen.includes(name)) return { state: "left out", reason: "not asked for" };
  if (place.reason !== undefined) return { state: "absent", reason: place.reason };
  const { state, version, detail } = await ensureInstalled(name, console.error);
  return state === "ok" ? { state, version } : { state, version, reason: detail };
}

async function runTests() {
  const run = {
    isolated: place.prefix !== undefined,
    // whoever names agents or files wants all there is of them
    full: options.all || options.chosen !== agentNames || options.vitest.length > 0,
    skip: Object.fromEntries(
      agents.flatMap(({ name, reason }) => (reason === undefined ? [] : [[name, reason]])),
    ),
  };
  const env = { ...process.env, AGENTPOOL_REAL: JSON.stringify(run) };
  // A machine's own certificates only slow the start of Node where nothing can be reached.
  delete env["NODE_EXTRA_CA_CERTS"];
  const vitest = (...more) =>
    runVitest(["--config=tests/support/real/vitest.config.ts", ...more], {
      minutes: 25,
      prefix: place.prefix ?? [],
      env,
    });
  if (options.vitest.length > 0) return vitest(...options.vitest);
  return withFurtherTries(await inTwoParts(vitest), vitest);
}

/**
 * What says by which channel a state was told needs the machine for itself: beside another agent
 * that starts, a screen may be read before a log is written. The rest goes two files at a time.
 */
async function inTwoParts(vitest) {
  const alone = "tests/real/main-job.test.ts";
  const parts = [await vitest(alone, "--maxWorkers=1"), await vitest(`--exclude=${alone}`)];
  return {
    tests: parts.flatMap(({ tests }) => tests),
    problems: parts.flatMap(({ problems }) => problems),
  };
}

function report() {
  const count = (some, wanted) => some.filter(({ state }) => state === wanted).length;
  const failures = problems.map(({ text }) => text);
  console.log("\nagent     version    passed  failed  skipped");
  for (const { name, version, state, reason } of agents) {
    const own = tests.filter(({ suites }) => suites[0] === name);
    const numbers = ["passed", "failed", "skipped"].map((one) => count(own, one));
    console.log(
      [name.padEnd(9), (version ?? "").padEnd(9), ...numbers.map((one) => String(one).padStart(7))]
        .join(" ")
        .concat(reason === undefined ? "" : `  ${state}: ${reason}`),
    );
    if (state === "broken") failures.push(`${name} is broken: ${reason}`);
    if (state === "absent" && (required.includes(name) || required.includes("real"))) {
      failures.push(`${name} is required and absent: ${reason}`);
    }
    if (state === "ok" && numbers[0] + numbers[1] === 0 && options.vitest.length === 0) {
      failures.push(`no test of ${name} was run`);
    }
  }
  const unexplained = tests.filter(
    ({ state, why, suites }) =>
      state === "skipped" &&
      why === undefined &&
      agents.find(({ name }) => name === suites[0])?.reason === undefined,
  );
  for (const { file, title } of unexplained) {
    failures.push(`${file}: ${title} is skipped and does not say why`);
  }
  printSkipped(tests.filter(({ state }) => state === "skipped"));
  printUnsteady(tests);
  printFailures(tests, failures);

  const failed = count(tests, "failed") + failures.length;
  console.log(
    `\n${count(tests, "passed")} passed, ${failed} failed, ${count(tests, "skipped")} skipped`,
  );
  process.exit(failed > 0 ? 1 : 0);
}

function printSkipped(skipped) {
  const reasons = new Map();
  for (const one of skipped) {
    const agent = agents.find(({ name }) => name === one.suites[0]);
    const why =
      one.why ??
      (agent?.reason === undefined ? "no reason given" : `${agent.name}: ${agent.reason}`);
    reasons.set(why, [...(reasons.get(why) ?? []), `${one.file}: ${one.title}`]);
  }
  if (reasons.size > 0) console.log("\nskipped");
  for (const [why, titles] of reasons) console.log(`  ${titles.length} because: ${why}`);
}
