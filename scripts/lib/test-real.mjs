// Runs tests/real against the real agent CLIs: installs them, shuts them in without a network, and
// says for each what passed, failed and was skipped and why. The last line is the sum.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { agentNames, ensureInstalled } from "./agents.mjs";
import { isolation } from "./isolation.mjs";

const USAGE = `Usage: scripts/test-real [--all] [--install-only] [${agentNames.join("|")}]... [-- <vitest options>]`;

const root = fileURLToPath(new URL("../..", import.meta.url));
const options = readOptions();
const required = (process.env["AGENTPOOL_REQUIRE"] ?? "").split(",");

const place = isolation();
const agents = [];
for (const name of agentNames) agents.push({ name, ...(await prepare(name)) });
if (options.installOnly) {
  for (const { name, version, state, reason } of agents) {
    console.log([name, version, state, reason].filter(Boolean).join("  "));
  }
  process.exit(agents.some(({ state }) => state === "broken") ? 1 : 0);
}

const { status, tests } = await runTests();
report(status, tests);

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
  const scratch = mkdtempSync(join(tmpdir(), "agentpool-real-"));
  const output = join(scratch, "report.json");
  const run = {
    isolated: place.prefix !== undefined,
    all: options.all,
    skip: Object.fromEntries(
      agents.flatMap(({ name, reason }) => (reason === undefined ? [] : [[name, reason]])),
    ),
  };
  const [program, ...args] = [
    ...(place.prefix ?? []),
    process.execPath,
    join(root, "node_modules", "vitest", "vitest.mjs"),
    "run",
    "--config=tests/support/real/vitest.config.ts",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${output}`,
    ...options.vitest,
  ];
  const env = { ...process.env, AGENTPOOL_REAL: JSON.stringify(run) };
  // A machine's own certificates only slow the start of Node where nothing can be reached.
  delete env["NODE_EXTRA_CA_CERTS"];
  const minutes = options.all ? 60 : 15;
  const status = await new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, env, stdio: "inherit" });
    const timer = setTimeout(() => child.kill("SIGKILL"), minutes * 60_000);
    child.on("error", () => resolve(1));
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve(code ?? 1);
    });
  });
  try {
    return { status, tests: readReport(output) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function readReport(output) {
  let results;
  try {
    results = JSON.parse(readFileSync(output, "utf8")).testResults;
  } catch {
    return [
      { agent: "-", title: "the run broke off before it wrote its report", status: "failed" },
    ];
  }
  return results.flatMap(({ name, status, assertionResults }) => {
    const file = relative(root, name);
    if (assertionResults.length === 0 && status === "failed") {
      return [{ agent: "-", title: `${file} could not be read`, status }];
    }
    return assertionResults.map((one) => ({
      agent: agentNames.find((agent) => one.ancestorTitles[0] === agent) ?? "-",
      title: `${file}: ${one.title}`,
      status: ["passed", "failed"].includes(one.status) ? one.status : "skipped",
      why: one.meta?.why,
    }));
  });
}

function report(vitestStatus, tests) {
  const count = (some, wanted) => some.filter((one) => one.status === wanted).length;
  const failures = [];
  console.log("\nagent     version    passed  failed  skipped");
  for (const { name, version, state, reason } of agents) {
    const own = tests.filter(({ agent }) => agent === name);
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
  for (const why of failures) console.log(`FAILED: ${why}`);
  printSkipped(tests.filter((one) => one.status === "skipped"));

  const failed = count(tests, "failed") + failures.length;
  if (vitestStatus !== 0 && failed === 0) console.log("FAILED: vitest ended with an error");
  const total = vitestStatus !== 0 && failed === 0 ? 1 : failed;
  console.log(
    `\n${count(tests, "passed")} passed, ${total} failed, ${count(tests, "skipped")} skipped`,
  );
  process.exit(total > 0 ? 1 : 0);
}

function printSkipped(skipped) {
  const reasons = new Map();
  for (const one of skipped) {
    const agent = agents.find(({ name }) => name === one.agent);
    const why =
      one.why ??
      (agent?.reason === undefined ? undefined : `${agent.name}: ${agent.reason}`) ??
      (options.all ? "skipped by the test itself" : "only with --all");
    reasons.set(why, [...(reasons.get(why) ?? []), one.title]);
  }
  if (reasons.size > 0) console.log("\nskipped");
  for (const [why, titles] of reasons) console.log(`  ${titles.length} because: ${why}`);
}
