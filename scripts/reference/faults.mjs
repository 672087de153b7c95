import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The faults of the tool whose users agentpool takes over, and of tools for teams of agents, each
 * with the test that holds it away.
 */
export function faultsPage(root, generated) {
  const read = (path) => readFileSync(join(root, path), "utf8");
  const rowsOf = (name) =>
    JSON.parse(read(`scripts/reference/${name}.json`))
      .map(line)
      .join("\n");
  const line = ({ n, fault, test, instead }) => {
    if (test === undefined) return `| ${n} | ${fault} | ${instead} |`;
    const [file, title] = test;
    if (!read(file).includes(JSON.stringify(title).slice(1, -1))) {
      throw new Error(`${file} has no test "${title}" (fault ${n})`);
    }
    return `| ${n} | ${fault} | \`${file}\`: ${title.replace(/^\d+(?: (?:and|to) \d+)?: /, "")} |`;
  };
  return `${generated}

# Faults that were inherited by nobody

An earlier tool of the same vocabulary was run and read before agentpool was written. Each fault found in it has
a test here that fails where it comes back, or a reason why it cannot. The numbers are those the
tests name.

| # | what went wrong | what holds it away |
| --- | --- | --- |
${rowsOf("ancestor-faults")}

## Faults of tools that let several agents work together

Three of them were run and read, too, before tasks, messages, approvals and runs were written.

| # | what went wrong | what holds it away |
| --- | --- | --- |
${rowsOf("team-faults")}
`;
}
