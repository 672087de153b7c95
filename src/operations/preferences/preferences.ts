import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, resolve } from "node:path";
import { AgentpoolError } from "../../domain/errors.ts";
import { defineOperation, type Z } from "../define.ts";
import {
  readPreferences,
  referenceTo,
  template,
  type PreferencesReference,
} from "./preferences-file.ts";

export interface Shown extends PreferencesReference {
  text: string;
}

export interface Made extends Shown {
  dry_run: boolean;
  changed: boolean;
  would_write: boolean;
  /** What the file before was copied to. */
  backup_path: string | null;
  /** Why nothing changed. */
  reason: string | null;
}

const reference = (z: Z) => ({
  path: z.string(),
  resource_uri: z.string(),
  exists: z.boolean(),
  using_default_template: z.boolean(),
  read_hint: z.string(),
  digest: z.array(z.string()),
});

export const show = defineOperation<Record<string, never>, Shown>()({
  name: "preferences.show",
  toolset: "default",
  summary: "Show the user's words on whom to ask for what",
  about:
    "A Markdown file that agents read before they start a worker; agentpool itself obeys none of it.",
  effect: "read",
  fromFiles: true,
  inPlace: true,
  schemas: (z) => ({
    input: z.strictObject({}),
    output: z.looseObject({ ...reference(z), text: z.string() }),
  }),
  errors: ["invalid_config"],
  cli: {
    command: "preferences show",
    aliases: ["preferences"],
    group: "Setup",
    examples: ["agentpool preferences", "agentpool preferences show --json"],
    render: ({ text }) => text,
  },
  mcp: {
    tool: "get_delegation_preferences",
    title: "Read preferences",
    description: "The user's own words on whom to ask for what.",
    idempotent: true,
    openWorld: false,
  },
  run: async ({ app }) => {
    const found = await readPreferences(app.home);
    return { ...referenceTo(found), text: found.text };
  },
});

export const path = defineOperation<Record<string, never>, { path: string }>()({
  name: "preferences.path",
  toolset: "default",
  summary: "Say where the preferences lie",
  effect: "read",
  fromFiles: true,
  inPlace: true,
  schemas: (z) => ({
    input: z.strictObject({}),
    output: z.looseObject({ path: z.string() }),
  }),
  errors: [],
  cli: {
    command: "preferences path",
    group: "Setup",
    examples: ["agentpool preferences path"],
    render: (output) => output.path,
  },
  run: ({ app }) => Promise.resolve({ path: app.home.preferences }),
});

interface InitInput {
  path?: string;
  force: boolean;
  dry_run: boolean;
}

export const init = defineOperation<InitInput, Made>()({
  name: "preferences.init",
  toolset: "default",
  summary: "Write a file of preferences to begin with",
  about: "A file that is there already stays, unless --force; then a copy of it is kept beside it.",
  effect: "write",
  fromFiles: true,
  inPlace: true,
  schemas: (z) => ({
    input: z.strictObject({
      path: z.string().min(1).optional().describe("Write it here instead of into the home"),
      force: z.boolean().default(false).describe("Write over a file that is there, keeping a copy"),
      dry_run: z.boolean().default(false).describe("Only say what would be written"),
    }),
    output: z.looseObject({
      ...reference(z),
      changed: z.boolean(),
      would_write: z.boolean(),
      backup_path: z.string().nullable(),
      reason: z.string().nullable(),
    }),
  }),
  errors: ["invalid_config", "disk_full"],
  cli: {
    command: "preferences init",
    group: "Setup",
    flags: { force: ["force", "yes"] },
    examples: ["agentpool preferences init", "agentpool preferences init --force --dry-run"],
    render: (output, style) => {
      if (output.changed) {
        const kept =
          output.backup_path === null ? "" : `\n  ${style.dim("before")}  ${output.backup_path}`;
        return `wrote ${output.path}${kept}`;
      }
      return output.dry_run && output.would_write
        ? `would write ${output.path}`
        : `left ${output.path}: ${output.reason ?? ""}`;
    },
  },
  run: async ({ app, cwd }, input) => {
    const given = input.path;
    const home =
      given === undefined
        ? app.home
        : { ...app.home, preferences: isAbsolute(given) ? given : resolve(cwd, given) };
    const before = await readPreferences(home);
    const wouldWrite = !before.exists || (input.force && before.text !== template);
    const writes = wouldWrite && !input.dry_run;
    const backup = writes && before.exists ? `${before.path}.${stamp(app.now())}.bak` : null;
    if (writes) await write(before.path, backup);
    const after = writes ? { ...before, exists: true, text: template } : before;
    return {
      ...referenceTo(after),
      text: after.text,
      dry_run: input.dry_run,
      changed: writes,
      would_write: wouldWrite,
      backup_path: backup,
      reason: wouldWrite
        ? null
        : before.text === template
          ? "it is as it would be written"
          : "it is there; --force writes over it and keeps a copy",
    };
  },
});

async function write(file: string, backup: string | null): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    if (backup !== null) await copyFile(file, backup);
    await writeFile(file, template, { mode: 0o600 });
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    throw new AgentpoolError(
      code === "ENOSPC" ? "disk_full" : "invalid_config",
      `${file} cannot be written`,
      { why: message, cause: thrown },
    );
  }
}

/** For names of files: 20260131-235959 */
function stamp(now: number): string {
  return new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
}
