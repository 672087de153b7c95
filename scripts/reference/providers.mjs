// What each provider offers, read from its definition: nothing on the page is kept by hand.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * @param {string} root of the repository, built
 * @param {string} heading first line of the page
 */
export async function providersPage(root, heading) {
  const load = (path) => import(pathToFileURL(join(root, "dist", "src", path)).href);
  const { Catalogue } = await load("provider/discover.js");
  const { channelsOf } = await load("provider/channels.js");
  const { providers } = await new Catalogue(join(root, "no-such-folder")).all();
  const all = providers.map(({ definition }) => ({
    definition,
    channels: channelsOf(definition),
    registered: registeredHooks(definition),
    notes: readFileSync(join(root, "providers", definition.id, "notes.md"), "utf8"),
    models: JSON.parse(readFileSync(join(root, "providers", definition.id, "models.json"), "utf8")),
  }));
  const names = all.map(({ definition }) => `[\`${definition.id}\`](#${definition.id})`);
  const rows = facts.map(({ title, of }) => `| ${title} | ${all.map(of).map(cell).join(" | ")} |`);
  return `${heading}

# Providers

What agentpool can do with each agent CLI, and by which way. "Verified" facts were obtained by running
that CLI; "from documentation" means that its service, or all of it, was only read about: expect
less, and look into \`agentpool explain\` when in doubt. What stands in the definition of a provider is
what acts; this page is made from it.

| | ${names.join(" | ")} |
| --- |${" --- |".repeat(all.length)}
${rows.join("\n")}

- **Channels**, best first: what tells the state of a session. The process and its terminal are
  watched for all of them, and the screen always comes last.
- **A text is taken**: \`exact\` when a channel shows its very words or id, \`log\` when a log says that
  one was taken, \`none\` when only the screen can tell.
- **Answers** go through a waiting hook or the API where that is so, else by the keys that the dialog
  names. Whatever was not recognised is left to a person in \`agentpool attach\`.
- **Quota asked for** is asked of nobody but on a refresh; limits that an agent tells by itself are
  shown for all of them.

${all.map(section).join("\n\n")}
`;
}

const facts = [
  { title: "Facts", of: ({ definition }) => verifiedWords(definition.verified) },
  {
    title: "Versions tried",
    of: ({ definition }) => definition.binary.tried.join(", ") || "none",
  },
  { title: "Channels", of: ({ channels }) => [...channels, "screen"].join(", ") },
  {
    title: "Hooks injected",
    of: ({ registered }) => (registered.length === 0 ? "none" : `${registered.length} events`),
  },
  {
    title: "A text is taken",
    of: ({ definition }) =>
      definition.api?.texts ? "handed over through the API" : definition.input.acceptance,
  },
  {
    title: "A text during a turn",
    of: ({ definition }) => (definition.input.queuesWhileBusy ? "goes to the agent" : "waits"),
  },
  { title: "Approvals", of: ({ definition }) => answeredBy(definition, "approval") },
  { title: "Questions", of: ({ definition }) => answeredBy(definition, "question") },
  { title: "Plans", of: ({ definition }) => answeredBy(definition, "plan") },
  { title: "`read_only`", of: ({ definition }) => yes(definition.options.readOnly) },
  { title: "Model", of: ({ definition }) => yes(definition.options.model) },
  {
    title: "Effort",
    of: ({ definition }) => definition.options.effort.join(", ") || "no",
  },
  { title: "Service tier", of: ({ definition }) => yes(definition.options.serviceTier) },
  {
    title: "First prompt",
    of: ({ definition }) =>
      definition.options.initialPromptMode === "arg" ? "as an argument" : "when it is up",
  },
  { title: "Goes on with a conversation", of: ({ definition }) => yes(definition.options.resume) },
  {
    title: "Quota asked for",
    of: ({ definition }) =>
      (definition.usage?.probes ?? [])
        .map(({ id, hosts }) => (hosts.length === 0 ? id : `${id} (${hosts.join(", ")})`))
        .join(", ") || "no",
  },
];

function section({ definition, registered, notes, models }) {
  const { id, displayName, vendor, verified, binary, account, input, usage } = definition;
  const list = [
    `Program: ${programs(binary).join(" or ")}; ${code(binary.install)}`,
    ...(definition.aliases?.length
      ? [`Also called ${definition.aliases.map(code).join(", ")}`]
      : []),
    ...(account ? [accountLine(account)] : []),
    ...(definition.env.length > 0
      ? [`Takes from your environment: ${definition.env.map(code).join(", ")}`]
      : []),
    ...(registered.length > 0 ? [`Hooks of a session: ${registered.map(code).join(", ")}`] : []),
    ...optionsLine(definition),
    `Models: ${modelsLine(models)}`,
    ...(usage?.probes ?? []).map(({ id: probe, does }) => `Quota, ${code(probe)}: ${does}`),
    `Interrupt: ${definition.api?.interrupt ? "through the API, else " : ""}${keys(definition.interrupt)}; leaving: ${keys(definition.exit)}`,
    ...(input.refused ?? []).map(
      ({ why, when, hint }) => `Refused${when === "pasted" ? " when pasted" : ""}: ${why} ${hint}`,
    ),
  ];
  const known = worthKnowing(notes);
  return [
    `## ${id}`,
    `${displayName} of ${vendor}; ${verifiedWords(verified)}. All that is known, with its source: [notes](../providers/${id}/notes.md).`,
    [...new Set(list)].map((line) => `- ${line.replace(/\.*$/, "")}.`).join("\n"),
    ...(known.length > 0 ? ["Worth knowing:", known.map((line) => `- ${line}`).join("\n")] : []),
  ].join("\n\n");
}

/** Names only: a whole path is that of the machine the page is made on. */
function programs({ candidates }) {
  return candidates.filter((name) => !name.startsWith("/")).map(code);
}

function verifiedWords(verified) {
  return verified.replaceAll("_", " ");
}

function accountLine({ variable, folder }) {
  const moved = variable === null ? "no variable moves it" : `${code(variable)} moves it`;
  return `Signed in is who has ${code(folder)}; ${moved}`;
}

function modelsLine({ models, default: standard, source, checked }) {
  const names = models.length === 1 ? "1 name is known" : `${models.length} names are known`;
  return `${names}${standard ? `, ${code(standard)} by default` : ""} (${source ?? "own"}${checked ? `; ${checked}` : ""})`;
}

/** A definition that knows options of its own says so when it is given another. */
function optionsLine(definition) {
  try {
    definition.launch(sampleRequest({ extra: { "no-such-option": "x" } }));
  } catch (thrown) {
    const takes = /It takes: (.*?)\.?$/.exec(thrown?.hint ?? thrown?.why ?? "")?.[1];
    if (takes !== undefined) {
      return [`Options of its own (\`--provider-option\`): ${takes}`];
    }
  }
  return [];
}

function registeredHooks(definition) {
  const seen = new Map();
  const hook = (event, options) => {
    seen.set(event, seen.get(event) || options?.replyWithinS !== undefined);
    return `hook ${event}`;
  };
  definition.launch(sampleRequest({ hook }));
  return [...seen].map(([event, waits]) => (waits ? `${event} (waits for an answer)` : event));
}

function sampleRequest(fields) {
  return {
    binary: "/usr/bin/agent",
    version: null,
    sessionId: "ap_000000000001",
    conversationId: "00000000-0000-4000-8000-000000000001",
    resume: null,
    workPath: "/work",
    mode: "worktree",
    model: null,
    effort: null,
    serviceTier: null,
    promptArgument: null,
    env: { HOME: "/home/you" },
    folder: "/session",
    trustFolder: true,
    port: 4096,
    secret: "secret",
    hook: (event) => `hook ${event}`,
    extra: {},
    ...fields,
  };
}

/** Rules whose dialogs are read by a function count by the kind they are declared with. */
function answeredBy({ hooks, api, screen }, kind) {
  if (api?.answers?.includes(kind)) return "API";
  if (hooks?.answers?.includes(kind)) return "hook";
  return screen.rules.some(({ dialog }) => dialog?.kind === kind) ? "keys" : "no";
}

/** The sentences of the notes that hold something in bold. */
function worthKnowing(notes) {
  const points = notes
    .split("\n")
    .filter((line) => line.startsWith("- ") && line.includes("**"))
    .map((line) => line.slice(2));
  return points.flatMap((point) =>
    point
      .split(/(?<=[.!?](?:\*\*|\))?) (?=[A-Z*`(])/)
      .filter((sentence) => sentence.includes("**"))
      // the source of the sentence before
      .map((sentence) => sentence.replace(/^\([^)]*\) /, "").trim()),
  );
}

function keys({ keys: groups }) {
  return groups.map((group) => code(group.join(" "))).join(", ");
}

function yes(value) {
  return value === true ? "yes" : "no";
}

function cell(text) {
  return text.replaceAll("|", "\\|");
}

function code(text) {
  return `\`${text}\``;
}
