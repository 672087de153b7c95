import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadProfiles } from "../../../src/orchestration/profiles/load-profiles.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "agentpool-profiles-"));
  for (const folder of ["user", "project"]) mkdirSync(join(root, folder));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(folder: "user" | "project", name: string, front: string, body = "Do it."): void {
  writeFileSync(join(root, folder, `${name}.md`), `---\n${front}\n---\n${body}\n`);
}

async function load() {
  const loaded = await loadProfiles({ user: join(root, "user"), project: join(root, "project") });
  const broken = loaded.broken.map(({ name, faults }) => [
    name,
    ...faults.map(({ line, message }) => (line === null ? message : `${line}: ${message}`)),
  ]);
  return { profiles: loaded.profiles, broken };
}

describe("profiles", () => {
  test("of agentpool are there by themselves, and those that judge or lead change nothing", async () => {
    const { profiles, broken } = await loadProfiles({ user: join(root, "none"), project: null });
    expect(broken).toEqual([]);
    expect([...profiles.keys()]).toEqual([
      "architect",
      "devils-advocate",
      "lead",
      "planner",
      "reviewer",
      "tester",
      "worker",
    ]);
    for (const { name, mode, toolset, providerId, instructions } of profiles.values()) {
      expect(instructions.length, name).toBeGreaterThan(100);
      expect(providerId, name).toBeNull();
      expect(mode, name).toBe(["tester", "worker"].includes(name) ? "worktree" : "read_only");
      const tools = { lead: "lead", tester: "worker", worker: "worker" }[name] ?? null;
      expect(toolset, name).toBe(tools);
    }
  });

  test("of a person go before all, with everything a file can say", async () => {
    write(
      "user",
      "worker",
      "description: Mine\nprovider: codex-cli\nmodel: m\neffort: high\ntools: worker\nisolation: shared\nlimits: {timeout: 30m, attempts: 2}\nfallback: [claude-code, {provider: opencode, model: x}]",
      "# Work\n\nWell.",
    );
    write("project", "worker", "description: Theirs\nisolation: read_only");
    const { profiles, broken } = await load();
    expect(broken).toEqual([]);
    expect(profiles.get("worker")).toEqual({
      name: "worker",
      description: "Mine",
      providerId: "codex-cli",
      model: "m",
      effort: "high",
      toolset: "worker",
      mode: "shared",
      timeoutMs: 1_800_000,
      maxAttempts: 2,
      fallback: [
        { providerId: "claude-code", model: null },
        { providerId: "opencode", model: "x" },
      ],
      instructions: "# Work\n\nWell.",
      source: "user",
      file: join(root, "user", "worker.md"),
    });
  });

  test("of a project may say less, and no more than what they stand for", async () => {
    write("project", "reviewer", "description: Ours\nisolation: read_only\nmodel: m");
    write("project", "docs", "description: Writes docs\nisolation: worktree\ntools: worker");
    write("project", "planner", "description: Sly\nisolation: worktree");
    write("project", "architect", "description: Sly too");
    write(
      "project",
      "boss",
      "description: More\nisolation: shared\ntools: lead\nprovider: x\nfallback: [y]",
    );
    const { profiles, broken } = await load();
    expect(profiles.get("reviewer")).toMatchObject({ source: "project", model: "m" });
    expect(profiles.get("docs")?.source).toBe("project");
    expect(profiles.get("planner")?.source).toBe("built_in");
    const own = "; write it into a profile of your own";
    expect(broken).toEqual([
      ["architect", `lacks isolation: the architect of agentpool has read_only${own}`],
      [
        "boss",
        `isolation shared is more than worktree, which a project's profile may have here${own}`,
        `tools lead are more than worker, which a project's profile may have here${own}`,
        `provider cannot be chosen by a project${own}`,
        `fallback cannot be chosen by a project${own}`,
      ],
      [
        "planner",
        `isolation worktree is more than read_only, which a project's profile may have here${own}`,
      ],
    ]);
  });

  test("that are wrong are told with every line, and take no other away", async () => {
    write("user", "a", "descripton: x\nisolation: everywhere\nlimits: {timeout: soon}");
    write("user", "b", "description: [1");
    write("user", "c", "description: fine", "   ");
    write("user", "d", "description: fine", "steer \u001b[2J it");
    write("user", "no good", "description: fine");
    writeFileSync(join(root, "user", "e.md"), "no front matter");
    mkdirSync(join(root, "user", "f.md"));
    write("user", "ok", "description: fine");
    const { profiles, broken } = await load();
    expect(profiles.has("ok")).toBe(true);
    expect(broken).toEqual([
      [
        "a",
        '1: lacks "description"',
        "2: descripton does not belong there; did you mean description?",
        '3: isolation is none of "read_only", "worktree", "shared"',
        "4: limits.timeout is no duration",
      ],
      ["b", expect.stringMatching(/^2: /)],
      ["c", "4: says nothing below its front matter"],
      ["d", expect.stringContaining("4: cannot be given to an agent: it holds the control byte")],
      ["e", "1: begins with no front matter between two lines of ---"],
      ["f", "cannot be read: it is no file"],
      ["no good", 'is called "no good": letters, digits, - and _ are allowed, up to 41'],
    ]);
  });
});
