import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";

/** Renders from the compiled operations: help pages, the tools of the MCP window, and the fields of commands. */
export async function renderFromOperations({ dist, version }) {
  const load = (path) => import(pathToFileURL(join(dist, "src", path)).href);
  const { operations } = await load("operations/index.js");
  const { renderMcpManifest } = await load("surface/mcp/render-manifest.js");
  const { fieldsOf } = await load("surface/cli/field.js");

  writeFileSync(join(dist, "mcp.json"), JSON.stringify(renderMcpManifest(operations, z)));
  const fields = Object.fromEntries(
    operations
      .filter((operation) => operation.cli)
      .map((operation) => {
        const input = z.toJSONSchema(operation.schemas(z).input, { io: "input" });
        return [operation.name, JSON.stringify(fieldsOf(operation, input))];
      }),
  );

  globalThis.BUILT_FIELDS = fields;
  globalThis.BUILT_VERSION = version;
  const { commands, commandsUnder } = await load("surface/cli/commands.js");
  const help = await load("surface/cli/help.js");
  const { pageName } = await load("surface/cli/main.js");
  const pages = {
    version: `${version}\n`,
    agentpool: help.rootPage(commands, version),
    commands: help.commandsPage(commands),
    "exit-codes": help.exitCodesPage(),
    environment: help.environmentPage(),
    formatting: help.formattingPage(),
  };
  for (const command of commands) {
    pages[pageName(command)] = help.commandPage(command);
    const [noun, verb] = command.words.split(" ");
    if (verb !== undefined && !commands.some((one) => one.words === noun)) {
      pages[noun] ??= help.nounPage(noun, commandsUnder(noun));
    }
  }
  rmSync(join(dist, "help"), { recursive: true, force: true });
  mkdirSync(join(dist, "help"), { recursive: true });
  for (const [name, text] of Object.entries(pages)) {
    writeFileSync(join(dist, "help", `${name}.txt`), text);
  }
  return { fields };
}
