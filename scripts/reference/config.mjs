// docs/reference/config.md: the table of keys, for people.

const may = {
  no: "",
  any: "yes",
  true: "only true",
  false: "only false",
  lower: "only less",
  adds: "only more entries",
};

export function configPage({ configKeys }, { describeType, ancestorKeys, generated }) {
  const rows = Object.entries(configKeys).map(
    ([key, { type, default: preset, doc, project, env }]) =>
      cells([
        `\`${key.replace("*", "ID")}\``,
        describeType(type),
        `\`${JSON.stringify(preset)}\``,
        may[project],
        env === undefined ? doc : `${doc}; \`${env}\``,
      ]),
  );
  const ancestors = Object.entries(ancestorKeys).map(([key, advice]) =>
    cells([`\`${key.replace("providers.*", "providers.ID")}\``, advice]),
  );
  return `${generated}

# Configuration

\`<home>/config.yaml\` (\`~/.agentpool/config.yaml\`, or the file that \`AGENTPOOL_CONFIG\` names) holds what you
decide; no file is needed. A flag wins over the environment, that over the project's \`.agentpool.yaml\`,
that over your file, that over the default. A supervisor that runs reads a file anew when it changed; which
file that is, its own environment said when it was started.

- An unknown key, a value of another type, a tab, a key twice: the file is refused with its line and the
  nearest key, and nothing is started until it is corrected. \`agentpool config validate\` lists every fault.
- \`agentpool config show --origin\` says where each value comes from, \`config print\` gives the whole as a file,
  \`config set\` and \`config unset\` change one key and keep your comments.
- [config.schema.json](config.schema.json) is the JSON Schema for editors:
  \`# yaml-language-server: $schema=<path or URL of it>\`.
- A project's \`.agentpool.yaml\` is looked for from the folder of the work up to the root of its repository. It
  is written by strangers: it can make a rule stricter than yours and nothing else. What would widen one is
  ignored with a warning, and keys that have no word below are refused there.

## Keys

\`ID\` is the id of a provider or one of its aliases, below \`budgets.agents\` also the name of a profile
([budgets for the day](../runs.md#budgets)).

| key | value | default | in a project | what it does |
| --- | --- | --- | --- | --- |
${rows.join("\n")}

## Answer rules

\`\`\`yaml
policy:
  answers:
    - name: tests
      kinds: approval
      match: "^npm (run )?test"
      verdict: allow
    - name: no pushes
      match: git push
      verdict: deny
\`\`\`

The first rule that fits decides; \`ask\` leaves the dialog to a person. \`match\` are regular expressions over the
subject and text of the dialog, in any case of letters. What cannot be undone, leaves the machine or takes
rights is never allowed by a rule, and a dialog about a limit or paid overage is not answered by one unless
both \`policy.never_allow_overage\` and \`policy.require_human_approval_for_overage\` are false.

## Where agents work

A folder is compared by its canonical path, after links were followed. Folders of the system, credentials
(\`~/.ssh\`, \`~/.aws\` and the like), the sign-in folder of the agent CLI and the home of agentpool are refused;
an entry of \`workspace.allowed_roots\` that lies inside one of them opens it. Worktrees that agentpool made stay
open.

## Bounds of a session

\`--max-turns\` counts the texts that are sent after the task; answers to questions do not count. Once they are
spent \`send\` fails with \`turn_limit_reached\`. \`--max-runtime-seconds\` is measured from the start, or the last
resume: the supervisor looks every second, ends the session and its processes, and \`send\` then fails with
\`session_timeout\`. While no supervisor runs nothing is ended; the next one does it at once.
\`--allowed-file\` keeps nobody from writing elsewhere; \`collect\` reports it.

\`policy.max_parallel_sessions\` counts sessions that start, work, ask or wait for a limit, in the transaction
that begins one. A text that is sent to an idle session is not held up by it.

## Keys of the ancestor

They are accepted, do nothing, and warn.

| key | instead |
| --- | --- |
${ancestors.join("\n")}
`;
}

function cells(all) {
  return `| ${all.map((one) => String(one).replaceAll("|", "\\|")).join(" | ")} |`;
}
