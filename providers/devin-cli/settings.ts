import { AgentpoolError, type WorkerServer } from "../../src/provider/definition.ts";
import { fieldsOf, listOf, type Fields } from "./fields.ts";

/**
 * The person's settings with more beside them: the flag that names a file takes the place of theirs.
 * @param theirs text of their file, undefined where there is none
 * @throws invalid_config for a file that is no JSON with comments
 */
export function settingsWith(
  theirs: string | undefined,
  hooks: Readonly<Record<string, readonly object[]>>,
  server: WorkerServer | null = null,
): string {
  const settings = theirs === undefined ? {} : parse(theirs);
  const own = fieldsOf(settings["hooks"]);
  const merged = Object.entries(hooks).map(([event, groups]): [string, readonly unknown[]] => [
    event,
    [...groups, ...listOf(own, event)],
  ]);
  return JSON.stringify({
    version: 1,
    ...settings,
    // without it the CLI believes that it was just installed, and writes into the shell's profile
    shell: { ...fieldsOf(settings["shell"]), setup_complete: true },
    hooks: { ...own, ...Object.fromEntries(merged) },
    ...(server ? withServer(settings, server) : {}),
  });
}

/** The server besides theirs, and its tools among what they allow. */
function withServer(settings: Fields, { name, command, args, env }: WorkerServer): Fields {
  const permissions = fieldsOf(settings["permissions"]);
  return {
    mcpServers: { ...fieldsOf(settings["mcpServers"]), [name]: { command, args, env } },
    permissions: { ...permissions, allow: [...listOf(permissions, "allow"), `mcp__${name}__*`] },
  };
}

function parse(text: string): Fields {
  try {
    return fieldsOf(JSON.parse(withoutComments(text)));
  } catch (thrown) {
    throw new AgentpoolError("invalid_config", "Devin's own settings cannot be read", {
      why: thrown instanceof Error ? thrown.message : String(thrown),
      hint: "Mend config.json in the folder devin of your configuration.",
    });
  }
}

/** Takes out line and block comments, then commas before a closing bracket; strings stay as they are. */
function withoutComments(text: string): string {
  const keep = (found: string, string: string | undefined): string =>
    string ?? (found === "," ? "" : " ");
  return text
    .replace(/("(?:[^"\\]|\\[^])*")|\/\/[^\n]*|\/\*[^]*?\*\//g, keep)
    .replace(/("(?:[^"\\]|\\[^])*")|,(?=\s*[}\]])/g, keep);
}
