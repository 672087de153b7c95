/**
 * What an agent of a run answers, by what it is asked for: JSON where a form of JSON is asked for, a
 * word where none is, and by its tools where the task is to be ended by them. Pure.
 */
export function teamSteps({ prompt, hasTools }) {
  const asked = withoutInstructions(prompt);
  const parts = /exactly (\d+) parts/.exec(asked);
  if (parts) return [say(JSON.stringify(partsOf(Number(parts[1]), goalOf(asked))))];
  if (asked.includes('"phases"')) return [say(JSON.stringify(planOf(asked)))];
  if (asked.includes('{"approve": true or false')) {
    return [say(JSON.stringify({ approve: true, feedback: "" }))];
  }
  if (asked.startsWith("Review ")) return [say("Nothing is missing, and nothing is too much.")];
  if (asked.startsWith("Put the results ")) return [say(`All of it together: ${goalOf(asked)}`)];
  return workSteps(asked, hasTools);
}

/** A worker leaves a file behind, so that there is something to merge. */
function workSteps(asked, hasTools) {
  const own = /^Your (?:task|part):\s*(.+)$/m.exec(asked);
  const what = own ? own[1] : firstLine(asked);
  const slug = what.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const done = `Done: ${what}`;
  const edit = { verb: "edit", path: `${slug.slice(0, 60).replace(/^-|-$/g, "")}.txt`, text: done };
  const task = /complete_task with task_id (tk_\w+)/.exec(asked);
  if (!task || !hasTools) return [edit, say(done)];
  const json = JSON.stringify({ task_id: task[1], result: done });
  return [edit, { verb: "mcp", name: "complete_task", json }, say(done)];
}

function partsOf(count, goal) {
  return Array.from({ length: count }, (_, n) => ({
    title: `part ${n + 1}`,
    description: `Part ${n + 1} of ${count} of: ${goal}`,
  }));
}

function planOf(asked) {
  const goal = goalOf(asked);
  const task = (title) => ({ title, description: `${title} of: ${goal}` });
  const reviewers = /one for each of (.+)\.$/m.exec(asked)?.[1].split(", ") ?? [];
  const answers = reviewers.map((reviewer) => ({ reviewer, answer: "Taken in." }));
  return {
    title: goal,
    description: "First the two halves, then a check of both.",
    phases: [
      { name: "build", tasks: [task("first half"), task("second half")] },
      { name: "check", tasks: [task("check")] },
    ],
    ...(answers.length > 0 ? { answers } : {}),
  };
}

function goalOf(asked) {
  return /^Goal:\s*(.+)$/m.exec(asked)?.[1].trim() ?? "the goal";
}

/** Directives for others are no words of the task. */
function withoutInstructions(prompt) {
  return prompt
    .replace(/^\s*<instructions>[^]*?<\/instructions>\s*/, "")
    .replace(/^[ \t]*!fake(?:[ \t].*)?$/gm, "")
    .trim();
}

function firstLine(text) {
  return text.split("\n")[0].slice(0, 200);
}

function say(text) {
  return { verb: "say", text };
}
