import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { errorKinds } from "../src/domain/errors.ts";
import type { Operation } from "../src/operations/define.ts";
import { operations } from "../src/operations/index.ts";

/**
 * The plan of the house as data: what each room may import. A room that is not here may import
 * nothing and be imported by nobody, until somebody writes it into the plan (docs/architecture.md).
 */
const rooms: Readonly<Record<string, readonly string[]>> = {
  "src/domain": [],
  "src/platform": ["src/domain"],
  "src/store": ["src/domain", "src/platform"],
  "src/runtime": ["src/domain", "src/platform"],
  "src/provider": ["src/domain", "src/platform"],
  "src/session": ["src/domain", "src/platform", "src/store", "src/runtime", "src/provider"],
  "src/detection": ["src/domain", "src/platform", "src/provider", "src/session"],
  // what many workers do next; the kinds of runs are rules
  "src/orchestration/kinds": ["src/domain"],
  "src/orchestration/profiles": ["src/domain", "src/platform"],
  "src/orchestration/spec": ["src/domain", "src/platform", "src/orchestration/kinds"],
  "src/orchestration": [
    "src/domain",
    "src/platform",
    "src/store",
    "src/runtime",
    "src/provider",
    "src/session",
  ],
  "src/operations": [
    "src/domain",
    "src/platform",
    "src/store",
    "src/provider",
    "src/session",
    "src/orchestration",
  ],
  "src/rpc": ["src/domain", "src/platform", "src/store", "src/operations"],
  "src/supervisor": [
    "src/domain",
    "src/platform",
    "src/store",
    "src/runtime",
    "src/provider",
    "src/session",
    "src/orchestration",
    "src/operations",
    "src/rpc",
  ],
  "src/surface/cli": [
    "src/domain",
    "src/platform",
    "src/operations",
    "src/detection",
    "src/rpc",
    "src/supervisor",
  ],
  "src/surface/mcp": ["src/domain", "src/platform", "src/operations", "src/rpc"],
  "src/surface/library": [
    "src/domain",
    "src/platform",
    "src/operations",
    "src/rpc",
    "src/supervisor",
  ],
  "src/index.ts": [
    "src/domain",
    "src/operations",
    "src/provider",
    "src/rpc",
    "src/surface/library",
  ],
  "providers/*": ["src/provider/definition.ts"],
};

/** Single files that may reach further, each with its reason. */
const exceptions: Readonly<Record<string, readonly string[]>> = {
  // reads the store's file when no supervisor runs, with the session rules for ids and names
  "src/surface/cli/from-store.ts": [
    "src/store",
    "src/session/resolve.ts",
    "src/session/usage/rules.ts",
    "src/provider/discover.ts",
  ],
  // answers what needs nothing but files, when no supervisor runs
  "src/surface/cli/file-providers.ts": ["src/provider", "src/runtime/local/files.ts"],
  "src/surface/cli/empty-store.ts": ["src/store/store.ts"],
  "src/surface/cli/reader.ts": ["src/store/store.ts"],
  // asks the screen rules, and no session
  "src/surface/cli/commands/detect-read.ts": ["src/provider/judge-screen.ts"],
  // reads the log of a pane on this machine
  "src/detection/capture.ts": ["src/runtime/local"],
  // looks at every part of the machine when the supervisor cannot start
  "src/surface/cli/doctor/programs.ts": ["src/runtime/tmux", "src/store/sqlite/connection.ts"],
  "src/surface/cli/doctor/store.ts": ["src/store/open.ts"],
  "src/surface/cli/doctor/deep.ts": ["src/store/open.ts", "src/store/sqlite/connection.ts"],
  "src/surface/cli/doctor/orphans.ts": [
    "src/runtime",
    "src/session/orphans",
    "src/store/open.ts",
    "src/store/store.ts",
  ],
  "src/surface/cli/doctor/providers.ts": ["src/provider"],
  "src/surface/cli/doctor/read-providers.ts": ["src/provider", "src/runtime/local"],
  "src/surface/cli/init/agents.ts": ["src/provider/definition.ts"],
  "src/surface/cli/doctor/privacy.ts": ["src/provider", "src/session/usage/helpers.ts"],
  // whether the providers that settings name are any
  "src/surface/cli/commands/config.ts": ["src/provider"],
  // look at a definition before any supervisor does, as `doctor` does
  "src/surface/cli/commands/provider-new.ts": ["src/provider"],
  "src/surface/cli/commands/provider-test.ts": ["src/provider", "src/runtime/local"],
  "src/surface/cli/commands/setup.ts": ["src/provider/discover.ts"],
  "src/surface/cli/commands/smoke.ts": ["src/provider/discover.ts"],
  "src/surface/cli/trial/instructions.ts": ["src/provider/definition.ts"],
  "src/surface/cli/trial/plan.ts": ["src/provider"],
  "src/surface/cli/trial/trial.ts": ["src/provider/version.ts"],
  // the command that opens the other window
  "src/surface/cli/commands/serve-mcp.ts": ["src/surface/mcp"],
};

/** Packages, and modules of Node, that only some files may import. */
const outside: Readonly<Record<string, readonly string[]>> = {
  "better-sqlite3": ["src/store/sqlite/connection.ts"],
  commander: ["src/surface/cli"],
  "@modelcontextprotocol/server": ["src/surface/mcp"],
  "@modelcontextprotocol/server/stdio": ["src/surface/mcp"],
  zod: ["src/operations/define.ts", "src/rpc"],
  yaml: ["src/platform/config"],
  "node:child_process": [
    "src/platform/exec.ts",
    "src/platform/exec-helper.ts",
    "src/platform/converse.ts",
    "src/runtime",
    // the detached start, and the look at a process before anything else is loaded
    "src/supervisor/ensure.ts",
    "src/supervisor/start-token.ts",
  ],
};

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = [...files("src"), ...files("providers")].filter((file) => file.endsWith(".ts"));
const imports = sources.flatMap((file) =>
  importsOf(file).map((target) => ({ file, target: resolveImport(file, target) })),
);

test("every import goes the way the plan allows", () => {
  const forbidden = imports
    .filter(({ file, target }) => !isAllowed(file, target))
    .map(({ file, target }) => `${file} imports ${target}`);

  expect(forbidden).toEqual([]);
});

test("the check of imports sees the imports", () => {
  expect(sources.length).toBeGreaterThan(120);
  expect(imports.length).toBeGreaterThan(500);
  expect(isAllowed("src/domain/ids.ts", "node:fs")).toBe(false);
  expect(isAllowed("src/store/open.ts", "src/provider/discover.ts")).toBe(false);
  expect(isAllowed("src/surface/mcp/main.ts", "src/surface/cli/io.ts")).toBe(false);
  expect(isAllowed("src/attic/thing.ts", "src/domain/ids.ts")).toBe(false);
  expect(isAllowed("providers/fake/provider.ts", "src/domain/errors.ts")).toBe(false);
  expect(importsOf("src/surface/cli/supervised.ts")).toContain("../../supervisor/ensure.ts");
});

test("every operation file is in the list of operations, and the list has no other", async () => {
  const found: unknown[] = [];
  for (const file of sources.filter((one) => /^src\/operations\/[^/]+\/[^/]+\.ts$/.test(one))) {
    const module = (await import(join(root, file))) as Record<string, unknown>;
    found.push(...Object.values(module).filter(isOperation));
  }
  const names = operations.map((operation) => operation.name);

  expect(found.length).toBeGreaterThan(15);
  expect(new Set(found)).toEqual(new Set(operations));
  expect(new Set(names).size).toBe(names.length);
  const commands = operations.flatMap(({ cli }) =>
    cli ? [cli.command, ...(cli.aliases ?? [])] : [],
  );
  expect(new Set(commands).size).toBe(commands.length);
});

test("no provider's id is a literal in the sources, so that a new one edits nothing", () => {
  const ids = readdirSync(join(root, "providers"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  expect(ids.length).toBeGreaterThan(0);

  const literals = sources
    .filter((file) => file.startsWith("src/"))
    .flatMap((file) =>
      ids.filter((id) => read(file).includes(`"${id}"`)).map((id) => `${file}: "${id}"`),
    );
  expect(literals).toEqual([]);
});

test("every error code is used somewhere and documented", () => {
  const texts = [...sources, ...files("bin")]
    .filter((file) => file !== "src/domain/errors.ts")
    // that an operation says it may fail so is no use
    .map((file) => read(file).replaceAll(/\berrors(?:: | = )\[[^\]]*\]/g, ""));
  const page = read("docs/reference/errors.md");
  const codes = Object.keys(errorKinds);

  const unused = codes.filter(
    (code) => !texts.some((text) => text.includes(`"${code}"`) || text.includes(`(${code})`)),
  );
  const undocumented = codes.filter((code) => !page.includes(`| \`${code}\` |`));

  expect(unused).toEqual([]);
  expect(undocumented).toEqual([]);
});

function isAllowed(file: string, target: string): boolean {
  if (!target.startsWith("src/") && !target.startsWith("providers/")) {
    // the pure rooms know no machine
    if (file.startsWith("src/domain/") || file.startsWith("providers/")) return false;
    const allowed = outside[target];
    if (allowed) return allowed.some((place) => isUnder(file, place));
    return target.startsWith("node:");
  }
  const room = roomOf(file);
  if (room === undefined) return false;
  const self = room === "providers/*" ? file.split("/").slice(0, 2).join("/") : room;
  const reach = [self, ...(rooms[room] ?? []), ...(exceptions[file] ?? [])];
  return reach.some((place) => isUnder(target, place));
}

function roomOf(file: string): string | undefined {
  if (file.startsWith("providers/")) return "providers/*";
  return Object.keys(rooms).find((room) => isUnder(file, room));
}

function isUnder(file: string, place: string): boolean {
  return file === place || file.startsWith(`${place}/`);
}

/** Uniform, since types are imported as such and extensions are written out. */
function importsOf(file: string): string[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s[^;"]*?from "([^"]+)"|(?:^|\n)import "([^"]+)"|import\("([^"]+)"\)/g;
  return [...read(file).matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

function resolveImport(file: string, target: string): string {
  if (!target.startsWith(".")) return target;
  return relative(root, resolve(root, dirname(file), target));
}

function isOperation(value: unknown): value is Operation {
  return typeof value === "object" && value !== null && "schemas" in value && "run" in value;
}

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

function files(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? files(path) : [path];
  });
}
