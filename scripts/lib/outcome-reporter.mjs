// A reporter for vitest that writes down what became of every test, and of everything around the
// tests that went wrong: for scripts/lib/vitest-run.mjs.
import { writeFileSync } from "node:fs";
import { relative } from "node:path";

export default class OutcomeReporter {
  onTestRunEnd(modules, unhandledErrors, reason) {
    const outcome = {
      finished: reason !== "interrupted",
      files: modules.map((module) => relative(process.cwd(), module.moduleId)),
      tests: modules.flatMap((module) => [...module.children.allTests()].map(describeTest)),
      problems: [
        ...modules.flatMap((module) => [
          ...failures(module, relative(process.cwd(), module.moduleId)),
          ...[...module.children.allSuites()].flatMap((suite) => failures(suite, suite.fullName)),
        ]),
        ...unhandledErrors.map((error) => `an error that nobody caught: ${firstLine(error)}`),
      ],
    };
    writeFileSync(process.env["AGENTPOOL_TEST_OUTCOME"], JSON.stringify(outcome));
  }
}

function describeTest(test) {
  const { state, note } = test.result();
  const suites = [];
  for (let one = test.parent; one.type === "suite"; one = one.parent) suites.unshift(one.name);
  return {
    file: relative(process.cwd(), test.module.moduleId),
    suites,
    title: test.name,
    // one that is pending at the end never ran
    state: state === "pending" ? "failed" : state,
    why: note ?? test.meta().why,
    // what went wrong in the first try of a test that passed in a later one
    unsteady: state === "passed" ? test.result().errors?.map(firstLine)[0] : undefined,
  };
}

/** Errors of a file or a suite itself: one that cannot be read, a hook that fails. */
function failures(one, name) {
  return one.errors().map((error) => `${name}: ${firstLine(error)}`);
}

function firstLine(error) {
  return String(error.message ?? error).split("\n")[0];
}
