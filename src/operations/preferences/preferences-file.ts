import { open } from "node:fs/promises";
import { AgentpoolError } from "../../domain/errors.ts";
import type { Home } from "../../platform/home.ts";
import { redact } from "../../platform/redact.ts";

/** The words of a person on whom to ask for what, for whoever spawns workers in their name. */
export interface Preferences {
  readonly path: string;
  readonly exists: boolean;
  readonly text: string;
}

/** What rides on answers: where the words are, and their gist. Small, since an agent pays for it. */
export interface PreferencesReference {
  path: string;
  resource_uri: string;
  exists: boolean;
  /** Nothing of the person's own stands there yet. */
  using_default_template: boolean;
  read_hint: string;
  digest: string[];
}

export const preferencesUri = "agentpool://preferences.md";

const maxBytes = 64 * 1024;
const digestLines = 8;
const digestLineLength = 160;

/** The file, or the template where there is none. @throws invalid_config when it cannot be read */
export async function readPreferences({ preferences: path }: Home): Promise<Preferences> {
  let file;
  try {
    file = await open(path, "r");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") {
      return { path, exists: false, text: template };
    }
    throw unreadable(path, thrown);
  }
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
    return { path, exists: true, text: buffer.toString("utf8", 0, bytesRead) };
  } catch (thrown) {
    throw unreadable(path, thrown);
  } finally {
    await file.close();
  }
}

/** As it rides on the answers of other operations, which a file that cannot be read does not stop. */
export async function preferencesReference(home: Home): Promise<PreferencesReference> {
  try {
    return referenceTo(await readPreferences(home));
  } catch (thrown) {
    const because = AgentpoolError.from(thrown).message;
    return {
      ...referenceTo({ path: home.preferences, exists: true, text: "" }),
      read_hint: because,
    };
  }
}

export function referenceTo({ path, exists, text }: Preferences): PreferencesReference {
  const isTemplate = text === template;
  return {
    path,
    resource_uri: preferencesUri,
    exists,
    using_default_template: isTemplate,
    read_hint: isTemplate
      ? "none of the user's own yet; agentpool preferences init makes the file"
      : "read it whole before you choose: agentpool preferences",
    digest: isTemplate ? [] : digestOf(text),
  };
}

/** The first things it says: points of lists, else lines; headings and comments say nothing. */
export function digestOf(text: string): string[] {
  const lines = text
    .replaceAll(/<!--[^]*?(?:-->|$)/g, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^(?:#|---|```)/.test(line));
  const points = lines.filter((line) => isPoint.test(line));
  return (points.length > 0 ? points : lines).slice(0, digestLines).map((line) => {
    const plain = redact(line.replace(isPoint, ""));
    return plain.length > digestLineLength ? `${plain.slice(0, digestLineLength - 1)}…` : plain;
  });
}

const isPoint = /^(?:[-*+]|\d+[.)])\s+/;

function unreadable(path: string, thrown: unknown): AgentpoolError {
  return new AgentpoolError("invalid_config", `${path} cannot be read`, {
    why: thrown instanceof Error ? thrown.message : String(thrown),
    hint: "agentpool preferences path",
    cause: thrown,
  });
}

/** What a new file holds; its points are true of agentpool whatever a person writes. */
export const template = `# My preferences for delegated work

<!-- Agents read this before they start a worker. Write plain sentences: which agent CLI and model for
which kind of work, what must never be handed over, when to ask you first. The first eight points of a
list are shown with every inventory and spawn. -->

## Whom to ask for what

- Ask me which provider to use when I have not named one.

## Limits

- Look at usage before starting a worker, and never accept paid overage.
- Read-only unless the task needs edits; edits in a worktree, never in my working tree.
- At most two workers at a time unless I ask for more.

## Results

- Collect before terminating, and show me the diff before anything is merged.
`;
