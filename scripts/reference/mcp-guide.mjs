// The guide to the MCP server: how each host is told of it, made from the data `mcp-config` uses.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * @param {string} root of the repository, built
 * @param {string} heading first line of the page
 */
export async function mcpGuide(root, heading) {
  const load = (path) => import(pathToFileURL(join(root, "dist", "src", path)).href);
  const { fillHost } = await load("surface/cli/mcp-config/fill.js");
  const { readHosts } = await load("surface/cli/mcp-config/hosts.js");
  const { listedPrompts } = await load("surface/mcp/prompts.js");
  const { listedTemplates, listResources } = await load("surface/mcp/listed-resources.js");
  const manifest = JSON.parse(readFileSync(join(root, "dist", "mcp.json"), "utf8"));
  const hosts = readHosts(join(root, "dist"));
  const toolsOf = (name) => manifest.tools.filter(({ toolset }) => toolset === name);
  return `${heading}

# agentpool for MCP hosts

\`agentpool mcp\` is an MCP server over stdio. Its host starts it; it starts, watches, answers and collects
workers. An agent with a shell finds the command line cheaper in tokens than any tool; this server is for
hosts without one, and for hosts that like resources, prompts and forms.

## Tell a host

\`\`\`sh
agentpool mcp-config --client claude-code
\`\`\`

says what to add, where, and by which command of the host; \`--install\` lets that command do it:

\`\`\`sh mcp-host
agentpool mcp-config --client claude-code --install
\`\`\`

\`--absolute-command\` names Node and the package by path, for programs of the desktop that do not know
your shell's PATH. A file of yours is never rewritten: where a host has no command of its own,
\`--install\` makes its file only when there is none.

${hosts
  .filter(({ id }) => id !== "generic")
  .map((host) => hostSection(host, fillHost(host, ["agentpool", "mcp"])))
  .join("\n\n")}

## What it offers

| toolset | tools |
| --- | --- |
${toolsetNames(manifest.tools)
  .filter((name) => toolsOf(name).length > 0)
  .map(
    (name) =>
      `| \`${name}\` | ${toolsOf(name)
        .map(({ definition }) => `\`${definition.name}\``)
        .join(" ")} |`,
  )
  .join("\n")}

\`--toolsets default,sessions\` or \`AGENTPOOL_MCP_TOOLSETS\` chooses sets, \`--tools\` or
\`AGENTPOOL_MCP_TOOLS\` adds single tools; every tool stands in [the reference](reference/mcp.md). The list
of default tools takes at most 12 KB of a model's context without output schemas
(\`--no-output-schemas\`) and 32 KB with them.

Resources, with ids completed and changes told to hosts that subscribe:

| address | |
| --- | --- |
${[...listResources(manifest), ...listedTemplates]
  .map((one) => `| \`${one.uri ?? one.uriTemplate}\` | ${one.description} |`)
  .join("\n")}

Prompts:

| name | |
| --- | --- |
${listedPrompts.map(({ name, description }) => `| \`${name}\` | ${description} |`).join("\n")}

## What a host can rely on

- **No call blocks over 25 seconds**, and none holds up another. A wait ends with \`outcome: "timeout"\`
  and a cursor to go on from. Cancelling a call ends the wait, never the worker; one
  that waits for a task or a lease is given none.
- **Nothing piles up.** At most 64 calls run at once and further ones wait for their turn. Once a megabyte of
  answers is left unread, nothing more is read or begun; it goes on where it was when the host reads on.
- **A worker's text is data.** It stands between \`BEGIN_UNTRUSTED_WORKER_OUTPUT_…\` and
  \`END_UNTRUSTED_WORKER_OUTPUT_…\`, with a number that is new in every answer. With \`--lockdown\`
  (\`AGENTPOOL_MCP_LOCKDOWN=1\`) no text of a worker reaches the host at all: neither in tools nor in
  resources nor in errors; paths of files do, marked \`gated\`.
- **Dangerous actions ask.** Ending a worker in the middle of its work, removing uncommitted work and raw
  keys put a form before the user where the host offers that. Where it does not, the tool is refused with
  \`confirmation_required\`, and \`confirm: true\` says that the user was asked. A no is a no, whatever the
  model says.
- **No commands past the host.** \`start_run\` takes no shell transforms, \`on_event\` or \`env\` (\`policy_blocked\`): they
  run outside of what the host asks its user about. A person begins such a run: \`agentpool run pipeline FILE\`.
- **A server lists the workers it started.** \`include_all\` lists those of others too. The scope is the
  process; \`--coordinator NAME\` or \`AGENTPOOL_MCP_COORDINATOR\` gives it a name that outlives one.
- **Errors** hold a permanent code and a next step in words of tools.
- Standard output carries nothing but JSON-RPC; the server ends with its input.
`;
}

function hostSection(host, { text, install, link }) {
  const tried = host.seen === null ? "From its documentation." : `Tried with version ${host.seen}.`;
  return [
    `### ${host.name}`,
    tried,
    ...(install ? [`\`\`\`sh mcp-host\n${install.map(quote).join(" ")}\n\`\`\``] : []),
    ...(link ? [`${install ? "Or open" : "Open"} \`${link}\`.`] : []),
    `${install || link ? "Or in" : "In"} \`${host.file}\`:`,
    `\`\`\`${host.format}\n${text}\n\`\`\``,
    host.steps.join(" "),
  ].join("\n\n");
}

function quote(word) {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Those for everybody first, then whatever else there is. */
export function toolsetNames(tools) {
  const first = ["default", "usage", "stats", "sessions", "leases", "worktrees"];
  return [...new Set([...first, ...tools.map(({ toolset }) => toolset).toSorted()])];
}
