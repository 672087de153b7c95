import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What runs of several agents have to keep, clause by clause, each with the tests that show it. */
export function acceptancePage(root, generated) {
  const read = (path) => readFileSync(join(root, path), "utf8");
  const scenarios = JSON.parse(read("scripts/reference/acceptance.json"));
  const shown = ([file, title]) => {
    const isThere = existsSync(join(root, file));
    if (!isThere || !read(file).includes(JSON.stringify(title).slice(1, -1))) {
      throw new Error(`${file} has no test "${title}"`);
    }
    return `\`${file}\`: ${plain(title)}`;
  };
  const row = ({ clause, tests }) => `| ${clause} | ${tests.map(shown).join("<br>")} |`;
  const section = ({ id, about, clauses }) => {
    const bare = clauses.find(({ tests }) => tests.length === 0);
    if (bare) throw new Error(`${id}: nothing shows "${bare.clause}"`);
    const notes = clauses.flatMap(({ note }) => (note ? [`\n${note}\n`] : []));
    return `## ${id}: ${about}

| what holds | what shows it |
| --- | --- |
${clauses.map(row).join("\n")}
${notes.join("")}`;
  };
  return `${generated}

# What holds when several agents work

Each scenario is shown by tests of the built commands, by agents in real tmux and by processes that
are killed. Those in \`tests/long\` take minutes: \`npm run test:long\`.

${scenarios.map(section).join("\n")}`;
}

/** A title as it reads: what differs from case to case stands for itself. */
function plain(title) {
  return title
    .replace(/ \(seed %i\)$/, "")
    .replace(/%[si]|\$\{\w+\}|\$\w+/g, "…")
    .replaceAll("|", "\\|");
}
