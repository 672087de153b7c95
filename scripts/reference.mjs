// Renders docs/reference/ from the sources: commands, MCP tools, the library, errors, events, settings, the
// schema of a provider without code; and docs/providers.md from the definitions. With --check it only
// says whether the pages are fresh. Needs a build.
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { z } from "zod";
import { acceptancePage } from "./reference/acceptance.mjs";
import { configPage } from "./reference/config.mjs";
import { eventRows } from "./reference/events.mjs";
import { faultsPage } from "./reference/faults.mjs";
import { mcpGuide, toolsetNames } from "./reference/mcp-guide.mjs";
import { providersPage } from "./reference/providers.mjs";
import { runFilesPage } from "./reference/run-files.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const load = (path) => import(pathToFileURL(join(root, "dist", "src", path)).href);
const { operations } = await load("operations/index.js");
const { errorKinds } = await load("domain/errors.js");
const { deliveryStates } = await load("domain/delivery.js");
const { configSchema } = await load("platform/config/schema.js");
const runs = await load("orchestration/spec/run-schema.js");
const { profileSchema } = await load("orchestration/profiles/read-profile.js");
const generated =
  "<!-- Made by scripts/reference.mjs; change the sources and run npm run reference. -->";

const pages = {
  "reference/acceptance.md": acceptancePage(root, generated),
  "reference/ancestor-faults.md": faultsPage(root, generated),
  "reference/cli.md": commandsPage(),
  "reference/config.md": configPage(await load("platform/config/keys.js"), {
    ...(await load("platform/config/value-type.js")),
    ...(await load("platform/config/ancestor-keys.js")),
    generated,
  }),
  "reference/config.schema.json": `${JSON.stringify(configSchema(), null, 2)}\n`,
  "reference/errors.md": errorsPage(),
  "reference/events.md": eventsPage(),
  "reference/library.md": libraryPage(),
  "reference/mcp.md": mcpPage(),
  "reference/run-file.schema.json": `${JSON.stringify(runs.runSchema, null, 2)}\n`,
  "reference/run-files.md": runFilesPage({ ...runs, profileSchema, generated }),
  "mcp.md": await mcpGuide(root, generated),
  // made by the build, which ships it too
  "reference/provider.schema.json": read(join(root, "dist", "provider.schema.json")),
  "providers.md": await providersPage(root, generated),
};
const check = process.argv.includes("--check");
let stale = 0;
for (const name of readdirSync(join(root, "docs", "reference"))) {
  if (`reference/${name}` in pages) continue;
  if (check) {
    console.error(`docs/reference/${name} is made by nothing; run: npm run reference`);
    stale += 1;
  } else rmSync(join(root, "docs", "reference", name));
}
for (const [name, text] of Object.entries(pages)) {
  const file = join(root, "docs", name);
  if (check && existsSync(file) && read(file) === text) continue;
  if (check) {
    console.error(`docs/${name} is not what the sources say; run: npm run reference`);
    stale += 1;
  } else writeFileSync(file, text);
}
process.exit(stale === 0 ? 0 : 1);

function commandsPage() {
  const main = read(join(root, "dist", "help", "agentpool.txt")).replace(
    /^agentpool \S+:/,
    "agentpool:",
  );
  const all = read(join(root, "dist", "help", "commands.txt"));
  const names = [...all.matchAll(/^ {2}([a-z]+(?: [a-z]+)?) {2,}\S/gm)].map((match) => match[1]);
  const sections = names.map((name) => {
    const page = read(join(root, "dist", "help", `${name.replaceAll(" ", "-")}.txt`));
    return `## agentpool ${name}\n\n\`\`\`text\n${page.trimEnd()}\n\`\`\``;
  });
  const topics = ["exit-codes", "environment", "formatting"].map(
    (topic) =>
      `## agentpool help ${topic}\n\n\`\`\`text\n${read(join(root, "dist", "help", `${topic}.txt`)).trimEnd()}\n\`\`\``,
  );
  return (
    [generated, "# Commands", `\`\`\`text\n${main.trimEnd()}\n\`\`\``, ...sections, ...topics, ""]
      .join("\n\n")
      .trimEnd() + "\n"
  );
}

function mcpPage() {
  const { tools } = JSON.parse(read(join(root, "dist", "mcp.json")));
  const sections = tools.map(({ operation, toolset, aliases, unlisted, confirm, definition }) => {
    const { name, description, inputSchema, annotations } = definition;
    const says = [
      annotations.readOnlyHint
        ? "only reads"
        : annotations.destructiveHint
          ? "may end or remove"
          : "acts",
      annotations.idempotentHint ? "may be repeated" : "acts again when repeated",
      annotations.openWorldHint ? "reaches agents and their vendors" : "stays inside agentpool",
    ];
    return [
      `## ${name}`,
      description,
      `Toolset \`${toolset}\`; operation \`${operation}\`; ${says.join(", ")}.`,
      ...(aliases.length > 0 ? [`Also called ${aliases.map(code).join(", ")}.`] : []),
      fieldTable(inputSchema, "argument", (field) => field),
      ...(Object.keys(unlisted).length > 0
        ? [
            "Taken too, and left out of the list that a host is given:",
            fieldTable({ properties: unlisted }, "argument", (field) => field),
          ]
        : []),
      ...(confirm ? [`Asks the user first: it ${confirm.does}.`] : []),
    ].join("\n\n");
  });
  return `${generated}

# MCP tools

\`agentpool mcp\` serves these over stdio, in both eras of the protocol. \`--toolsets\` chooses sets
(${toolsetNames(tools)
    .map((name) => `\`${name}\``)
    .join(", ")}), \`--tools\` adds single tools, \`--lockdown\` leaves out all text
that a worker wrote, \`--no-output-schemas\` makes the list shorter. The environment names
\`AGENTPOOL_MCP_TOOLSETS\`, \`AGENTPOOL_MCP_TOOLS\` and \`AGENTPOOL_MCP_LOCKDOWN\` say the same.
[The guide](../mcp.md) says how a host is told of it.

Answers are structured, with the same fields as the JSON of the shell, and an error is
\`{"error": {"code", "message", "hint"}}\` with the codes of [errors.md](errors.md). No call takes
longer than 25 seconds: a wait that would is answered with \`outcome: "timeout"\` and a cursor to go on
from, and whatever acts goes on and gives its outcome to the same call made again.

${sections.join("\n\n")}
`;
}

function libraryPage() {
  const camel = (name) => name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
  const sections = operations.map((operation) => {
    const { input, output } = operation.schemas(z);
    const given = z.toJSONSchema(input, { io: "input" });
    const needs = (given.required ?? []).length > 0;
    const gives = Object.keys(z.toJSONSchema(output).properties ?? {}).map(camel);
    return [
      `## pool.${operation.name}(${needs ? "input" : "input?"}, settings?)`,
      [`${operation.summary}.`, operation.about].filter(Boolean).join(" "),
      fieldTable(given, "input", camel),
      `Gives ${gives.map(code).join(", ")}, and more.`,
      ...(operation.errors.length > 0 ? [`Errors: ${operation.errors.map(code).join(", ")}.`] : []),
    ].join("\n\n");
  });
  return `${generated}

# Library

\`\`\`ts
import { connect, AgentpoolError } from "agentpool";

const pool = await connect({ home: "/a/folder", supervisor: "detached" });
\`\`\`

\`connect\` starts the supervisor of a home where none runs. All options may be left out: \`home\`
(\`AGENTPOOL_HOME\`, else \`~/.agentpool\`), \`env\` (values sessions may take; this process's), \`cwd\`
(where relative paths are meant from), \`supervisor\` (\`detached\`, or \`inline\` to act in this process).

Every operation is a method of its name, typed; names are in camel case, values are those of the
shell's JSON. \`settings\` may hold \`signal\`, \`timeoutMs\`, \`onProgress\` and \`idempotencyKey\` (a call
repeated with the same key acts once). What fails is an \`AgentpoolError\` with a permanent \`code\`
([errors.md](errors.md)). \`pool.events({ after?, sessions?, signal? })\` gives every event
([events.md](events.md)), gap-free and live. \`pool.close()\`, or \`await using\`, ends open calls and loops
of this client; sessions live on.

A provider of your own is written with \`defineProvider\` of \`agentpool/provider\` and lies in
\`<home>/providers/\`.

${sections.join("\n\n")}
`;
}

/** The fields of an object's schema, one a row. */
function fieldTable({ properties = {}, required = [] }, heading, spell) {
  const names = Object.keys(properties);
  if (names.length === 0) return `It takes no ${heading}.`;
  const rows = names.map((name) => {
    const field = properties[name];
    const how = required.includes(name)
      ? "needed"
      : field.default === undefined || JSON.stringify(field.default) === "[]"
        ? ""
        : code(JSON.stringify(field.default).replaceAll('"', ""));
    const text = field.description ?? field.items?.description ?? "";
    return `| \`${spell(name)}\` | ${typeOf(field)} | ${how} | ${text.replaceAll("|", "\\|")} |`;
  });
  return [`| ${heading} | type | default | |`, "| --- | --- | --- | --- |", ...rows].join("\n");
}

function typeOf(field) {
  if (field.enum) return field.enum.map(code).join(" ");
  if (field.type === "array") return `list of ${typeOf(field.items ?? {})}`;
  if (field.type === "object") return "object of texts";
  return { string: "text", integer: "number" }[field.type] ?? field.type ?? "any";
}

function code(text) {
  return `\`${text}\``;
}

function errorsPage() {
  const users = (code) =>
    operations
      .filter((operation) => operation.errors.includes(code))
      .map((operation) => `\`${operation.name}\``)
      .join(", ");
  const rows = Object.entries(errorKinds).map(
    ([code, kind]) =>
      `| \`${code}\` | ${kind.exit} | ${kind.http} | ${kind.meaning} | ${users(code)} |`,
  );
  const ancestors = JSON.parse(read(join(root, "scripts", "reference", "ancestor-codes.json")));
  const mapped = Object.entries(ancestors).map(([old, now]) => `| \`${old}\` | ${now} |`);
  for (const [old, now] of Object.entries(ancestors)) {
    for (const [, code] of now.matchAll(/`([a-z_]+)`/g)) {
      if (!(code in errorKinds)) throw new Error(`${old} leads to ${code}, which does not exist`);
    }
  }
  return `${generated}

# Errors

Codes are permanent; texts may improve. Everywhere an error has the same shape:
\`{"error":{"code","message","why","hint","details"}}\`, where \`why\`, \`hint\` and \`details\` may be absent.
The exit status is that of the command line, the HTTP status that of the supervisor's socket.

| code | exit | HTTP | meaning | operations |
| --- | --- | --- | --- | --- |
${rows.join("\n")}

## Codes of the ancestor

| then | now |
| --- | --- |
${mapped.join("\n")}
`;
}

/** The union in src/domain/event.ts, read as text: it is written uniformly. */
function eventsPage() {
  const rows = eventRows(read(join(root, "src", "domain", "event.ts")), deliveryStates);
  return `${generated}

# Events

Every fact agentpool records. \`seq\` rises by one in commit order across all sessions, without gaps;
\`at\` is RFC 3339 in UTC; \`session_id\` is null for events about agentpool itself. \`observe --since\`,
\`GET /v1/events\` and the library's \`events()\` all give them in this form:
\`{"seq", "at", "session_id", "type", ...fields}\`.

| type | fields |
| --- | --- |
${rows.join("\n")}
`;
}

function read(file) {
  return readFileSync(file, "utf8");
}
