// needs: tmux
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { ensureBuilt, repository } from "../support/built.ts";
import { cliHome } from "../support/cli-home.ts";
import { words } from "../support/readme.ts";
import { linesIn, readLine } from "../support/text-lines.ts";

beforeAll(ensureBuilt, 120_000);

const skill = join(repository, "skills", "agentpool");

test("every line of the skill for agents works as it stands, in order", async () => {
  const { run, json } = cliHome();
  const { skills } = await json<{ skills: { text: string }[] }>(["skills", "get"]);
  const text = skills[0]?.text ?? "";
  const lines = linesIn(text);

  expect(text).toBe(readFileSync(join(skill, "SKILL.md"), "utf8"));
  expect(lines.length).toBeGreaterThan(8);
  const outputs: string[] = [];
  for (const line of lines) outputs.push((await run(words(line).slice(1))).stdout);
  expect(outputs.join("\n")).toContain("The button is now Blue.");
});

test("the skill is small, of this version, and --full adds its examples", async () => {
  const { run, json } = cliHome();
  const { version } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
    version: string;
  };

  const { stdout } = await run(["skills", "get", "core"]);
  const full = await run(["skills", "get", "--full"]);
  const listed = await json<{ skills: { name: string; description: string }[] }>(["skills"]);

  expect(stdout).toContain(`version: "${version}"`);
  // about 1,000 tokens: what an agent pays once
  expect(Buffer.byteLength(stdout)).toBeLessThan(4_500);
  for (const name of readdirSync(join(skill, "references"))) {
    const examples = readFileSync(join(skill, "references", name), "utf8");
    expect(full.stdout).toContain(examples.trimEnd());
    expect(linesIn(examples).length).toBeGreaterThan(5);
    // read and not run: what they show is run above
    for (const line of linesIn(examples)) readLine(line);
  }
  expect(listed.skills).toMatchObject([{ name: "agentpool", description: expect.any(String) }]);
  expect((await run(["skills", "path"])).stdout.trim()).toBe(skill);
  const wrong = await run(["skills", "get", "agentpol"], { status: 2 });
  expect(wrong.stderr).toContain("try: agentpool skills get agentpool");
});

test("onboard names commands that exist, and what is kept where", async () => {
  const { home, json, run } = cliHome();

  const page = await json<{
    first_commands: { command: string }[];
    config_path: string;
    db_path: string;
    rules: string[];
  }>(["onboard"]);

  for (const { command } of page.first_commands) readLine(command);
  expect(page).toMatchObject({
    config_path: join(home.root, "config.yaml"),
    db_path: home.database,
    artifact_root: join(home.root, "sessions"),
    preferences: { exists: false, using_default_template: true, digest: [] },
  });
  expect((await run(["onboard"])).stdout).toContain(page.rules[0]);
  expect(existsSync(home.root)).toBe(false);
});

test("preferences are written once, kept when written over, and ride on what agents ask first", async () => {
  const { home, run, json } = cliHome();
  const file = home.preferences;

  const dry = await json(["preferences", "init", "--dry-run"]);
  expect(dry).toMatchObject({ changed: false, would_write: true, exists: false });
  expect(existsSync(file)).toBe(false);
  expect(await json(["preferences", "init"])).toMatchObject({ changed: true, backup_path: null });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await json(["preferences", "init"])).toMatchObject({ changed: false });

  writeFileSync(file, "# Mine\n\n- Reviews: claude-code\n- Never hand over secrets/\n");
  const left = await run(["preferences", "init"]);
  expect(left.stdout).toContain("--force writes over it and keeps a copy");
  const reference = {
    path: file,
    resource_uri: "agentpool://preferences.md",
    exists: true,
    using_default_template: false,
    digest: ["Reviews: claude-code", "Never hand over secrets/"],
  };
  const spawned = await json(["spawn", "-p", "fake-completed", "--task", "x"]);
  expect(spawned["preferences"]).toMatchObject(reference);
  for (const command of ["inventory", "models"]) {
    expect((await json([command]))["preferences"], command).toMatchObject(reference);
  }

  const over = await json<{ backup_path: string }>(["preferences", "init", "--force"]);
  expect(readFileSync(over.backup_path, "utf8")).toContain("Reviews: claude-code");
  expect((await run(["preferences"])).stdout).toBe(readFileSync(file, "utf8"));
  expect((await run(["preferences", "path"])).stdout).toBe(`${file}\n`);
});

test("a folder in the place of the preferences is told, and stops nothing else", async () => {
  const { home, run, json } = cliHome();
  mkdirSync(home.preferences, { recursive: true });

  const { stderr } = await run(["preferences"], { status: 2 });
  const { preferences } = await json<{ preferences: { read_hint: string } }>(["inventory"]);

  expect(stderr).toContain("(invalid_config)");
  expect(preferences.read_hint).toContain("cannot be read");
});
