// Tries files of tests again that failed on a machine with more to do than it could, and tells it.

/** With more files that fail it is no matter of luck. */
const mostFiles = 5;
/** How often a file may be tried again; nobody but CI asks for it. */
const allowed = Number(process.env["AGENTPOOL_TEST_RETRIES"] ?? 0);

/**
 * Tests of a file share what they started, and a moment in which the machine was overrun is still
 * there a moment later: a file is tried again as a whole, after all others, one file at a time.
 * What went wrong at first stays with each test as its `error`.
 *
 * @typedef {import("./vitest-run.mjs").Outcome} Outcome
 * @param {Outcome} first
 * @param {(...args: string[]) => Promise<Outcome>} vitest runs it with these arguments
 * @returns {Promise<Outcome>}
 */
export async function withFurtherTries(first, vitest) {
  let outcome = first;
  for (let tries = 0; tries < allowed; tries++) {
    const failed = outcome.tests.filter(({ state }) => state === "failed");
    const files = [...new Set([...failed, ...outcome.problems].map(({ file }) => file))];
    // undefined: with the run as a whole something went wrong
    if (files.length === 0 || files.length > mostFiles || files.includes(undefined)) break;
    console.log("\nonce more, by themselves");
    for (const file of files) console.log(`  ${file}`);
    for (const { text } of outcome.problems) console.log(`    first: ${text}`);
    outcome = merged(outcome, await vitest(...files, "--maxWorkers=1"), files);
  }
  return outcome;
}

function merged(before, again, files) {
  const nameOf = ({ file, suites, title }) => JSON.stringify([file, suites, title]);
  const errors = new Map(
    before.tests
      .filter(({ state, error }) => state === "failed" || error !== undefined)
      .map((one) => [nameOf(one), one.error ?? "it did not end"]),
  );
  return {
    files: before.files,
    tests: [
      ...before.tests.filter(({ file }) => !files.includes(file)),
      ...again.tests.map((one) => ({ ...one, error: errors.get(nameOf(one)) ?? one.error })),
    ],
    problems: again.problems,
  };
}
