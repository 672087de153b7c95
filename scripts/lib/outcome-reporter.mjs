// A reporter for vitest that writes down what became of every test, and of everything around the
// tests that went wrong: for scripts/lib/vitest-run.mjs.
import { writeFileSync } from "node:fs";
import { relative } from "node:path";

export default class OutcomeReporter {
  /** What `-t` asks for; every other test is left out. */
  #asked;

  onInit(vitest) {
    this.#asked = vitest.config.testNamePattern;
  }

  onTestRunEnd(modules, unhandledErrors, reason) {
    const outcome = {
      finished: reason !== "interrupted",
      files: modules.map(fileOf),
      tests: modules.flatMap((module) =>
        [...module.children.allTests()].map((test) => describeTest(test, this.#asked)),
      ),
      problems: [
        ...modules.flatMap((module) => {
          const file = fileOf(module);
          const suites = [...module.children.allSuites()];
          return [
            ...failures(module, file),
            ...suites.flatMap((suite) => failures(suite, suite.fullName)),
          ].map((text) => ({ text, file }));
        }),
        ...unhandledErrors.map((error) => ({
          text: `an error that nobody caught: ${firstLine(error)}`,
        })),
      ],
    };
    writeFileSync(process.env["AGENTPOOL_TEST_OUTCOME"], JSON.stringify(outcome));
  }
}

function describeTest(test, asked) {
  const { state, note, errors } = test.result();
  const suites = [];
  for (let one = test.parent; one.type === "suite"; one = one.parent) suites.unshift(one.name);
  return {
    file: fileOf(test.module),
    suites,
    title: test.name,
    // one that is pending at the end never ran
    state: state === "pending" ? "failed" : state,
    why: note ?? test.meta().why ?? whyLeftOut([...suites, test.name], { asked, state }),
    // of a test that passed this is what went wrong in its first try
    error: errors?.map(firstLine)[0],
  };
}

function whyLeftOut(names, { asked, state }) {
  if (state !== "skipped" || !asked || names.join(" ").search(asked) >= 0) return undefined;
  return `left out by -t ${asked.source}`;
}

function fileOf(module) {
  return relative(process.cwd(), module.moduleId);
}

/** Errors of a file or a suite itself: one that cannot be read, a hook that fails. */
function failures(one, name) {
  return one.errors().map((error) => `${name}: ${firstLine(error)}`);
}

function firstLine(error) {
  return String(error.message ?? error).split("\n")[0];
}
