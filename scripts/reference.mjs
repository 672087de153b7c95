// Renders docs/reference/ from the sources: commands, errors, events. With --check it only says
// whether the pages are fresh. Needs a build.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const load = (path) => import(pathToFileURL(join(root, "dist", "src", path)).href);
const { operations } = await load("operations/index.js");
const { errorKinds } = await load("domain/errors.js");
const { deliveryStates } = await load("domain/delivery.js");
const generated =
  "<!-- Made by scripts/reference.mjs; change the sources and run npm run reference. -->";

const pages = {
  "cli.md": commandsPage(),
  "errors.md": errorsPage(),
  "events.md": eventsPage(),
};
const check = process.argv.includes("--check");
let stale = 0;
for (const [name, text] of Object.entries(pages)) {
  const file = join(root, "docs", "reference", name);
  if (check && read(file) === text) continue;
  if (check) {
    console.error(`docs/reference/${name} is not what the sources say; run: npm run reference`);
    stale += 1;
  } else writeFileSync(file, text);
}
process.exit(stale === 0 ? 0 : 1);

function commandsPage() {
  const main = read(join(root, "dist", "help", "agentpool.txt")).replace(
    /^agentpool \S+:/,
    "agentpool:",
  );
  const names = [...main.matchAll(/^ {2}([a-z]+(?: [a-z]+)?) {2,}\S/gm)].map((match) => match[1]);
  const sections = names.map((name) => {
    const page = read(join(root, "dist", "help", `${name.replaceAll(" ", "-")}.txt`));
    return `## agentpool ${name}\n\n\`\`\`text\n${page.trimEnd()}\n\`\`\``;
  });
  const topics = ["exit-codes", "environment"].map(
    (topic) =>
      `## agentpool help ${topic}\n\n\`\`\`text\n${read(join(root, "dist", "help", `${topic}.txt`)).trimEnd()}\n\`\`\``,
  );
  return (
    [generated, "# Commands", `\`\`\`text\n${main.trimEnd()}\n\`\`\``, ...sections, ...topics, ""]
      .join("\n\n")
      .trimEnd() + "\n"
  );
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
  const source = read(join(root, "src", "domain", "event.ts"));
  const union = source.slice(
    source.indexOf("export type EventBody ="),
    source.indexOf("export type EventType"),
  );
  const rows = union
    .split(/\n {2}\| /)
    .slice(1)
    .flatMap((member) => {
      const fields = [...member.matchAll(/readonly (\w+): ([^;}]+?)\s*[;}]/g)].map(
        ([, name, type]) => ({ name, type }),
      );
      const type = fields.find((field) => field.name === "type")?.type ?? "";
      const others = fields
        .filter((field) => field.name !== "type")
        .map(
          (field) => `\`${field.name}\`: ${field.type.replaceAll('"', "").replaceAll("|", "or")}`,
        )
        .join("; ");
      const names = type.startsWith("`delivery_")
        ? deliveryStates.map((state) => `delivery_${state}`)
        : [type.replaceAll('"', "")];
      return names.map((name) => `| \`${name}\` | ${others} |`);
    });
  const types = (source.match(/readonly type: "/g) ?? []).length;
  if (rows.length !== types + deliveryStates.length) {
    throw new Error("src/domain/event.ts is not written as this script reads it");
  }
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
