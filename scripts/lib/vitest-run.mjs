// Runs vitest and says what became of every test. A run that breaks off, hangs, or fails beside its
// tests is a failure, whatever it printed.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const reporter = fileURLToPath(new URL("outcome-reporter.mjs", import.meta.url));

/**
 * @typedef {object} Test
 * @property {string} file relative to the repository
 * @property {readonly string[]} suites titles around it, outermost first
 * @property {string} title
 * @property {"passed" | "failed" | "skipped"} state
 * @property {string} [why] why it was skipped
 * @property {string} [error] what went wrong; of one that passed, in an earlier try
 */

/**
 * @typedef {object} Outcome
 * @property {readonly string[]} files
 * @property {readonly Test[]} tests
 * @property {readonly {text: string, file?: string}[]} problems failures that no test stands for,
 *   with the file whose own they are
 */

/**
 * @param {readonly string[]} args after `vitest run`
 * @param {object} options
 * @param {number} options.minutes ends a run that hangs
 * @param {readonly string[]} [options.prefix] argv to put before node's
 * @param {NodeJS.ProcessEnv} [options.env]
 * @returns {Promise<Outcome>}
 */
export async function runVitest(args, { minutes, prefix = [], env = process.env }) {
  const scratch = mkdtempSync(join(tmpdir(), "agentpool-vitest-"));
  const outcome = join(scratch, "outcome.json");
  const [program, ...rest] = [
    ...prefix,
    process.execPath,
    join(root, "node_modules", "vitest", "vitest.mjs"),
    "run",
    "--reporter=default",
    `--reporter=${reporter}`,
    // a test left alone by mistake would hide all others
    "--allowOnly=false",
    ...args,
  ];
  try {
    const ended = await run(program, rest, minutes, { ...env, AGENTPOOL_TEST_OUTCOME: outcome });
    return judge(read(outcome), ended);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function run(program, args, minutes, env) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, env, stdio: "inherit" });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, minutes * 60_000);
    const end = (how) => {
      clearTimeout(timer);
      resolve(late ? `vitest was ended after ${minutes} minutes` : how);
    };
    child.on("error", (error) => end(`vitest could not be started: ${error.message}`));
    child.on("close", (status, signal) => {
      if (status === 0) end("");
      else end(signal ? `vitest was ended by ${signal}` : `vitest ended with ${status}`);
    });
  });
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function judge(outcome, ended) {
  if (outcome === undefined) {
    return {
      files: [],
      tests: [],
      problems: [{ text: `no outcome was written: ${ended || "vitest says all is well"}` }],
    };
  }
  const { files, tests } = outcome;
  const problems = [...outcome.problems];
  if (!outcome.finished) problems.push({ text: "the run was interrupted" });
  const explained = problems.length > 0 || tests.some(({ state }) => state === "failed");
  if (ended !== "" && !explained) problems.push({ text: ended });
  return { files, tests, problems };
}

/** Names the tests that did not pass at once, with what went wrong at first. */
export function printUnsteady(tests) {
  const unsteady = tests.filter(({ state, error }) => state === "passed" && error !== undefined);
  if (unsteady.length > 0) console.log("\npassed in a further try only");
  for (const one of unsteady) console.log(`  ${nameOf(one)}\n    first: ${one.error}`);
}

/** A line for each test that failed and each further failure, for whoever reads the end alone. */
export function printFailures(tests, further) {
  const failed = tests.filter(({ state }) => state === "failed");
  const lines = [
    ...failed.map((one) => `${nameOf(one)}: ${one.error ?? "it was not run to its end"}`),
    ...further,
  ];
  if (lines.length > 0) console.log("");
  for (const line of lines) console.log(`FAILED: ${line}`);
}

function nameOf({ file, suites, title }) {
  return [file, ...suites, title].join(" > ");
}
