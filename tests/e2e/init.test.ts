// needs: tmux
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { configReader } from "../../src/platform/config/reader.ts";
import { configKeys } from "../../src/platform/config/keys.ts";
import { homeFrom } from "../../src/platform/home.ts";
import { configText } from "../../src/surface/cli/init/config-text.ts";
import { judgeSetup, type SetupFacts } from "../../src/surface/cli/setup/judge-setup.ts";
import { agentpoolBin, ensureBuilt } from "../support/built.ts";
import { cliHome } from "../support/cli-home.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { terminal } from "../support/terminal.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

test("init writes settings that hold every key and change nothing, and preferences; a second one leaves both", async () => {
  const { home, run, json } = cliHome();

  const dry = await json(["init", "--dry-run"]);
  expect(dry).toMatchObject({ changed: false, would_write_config: true, backup_path: null });
  expect(existsSync(home.config) || existsSync(home.preferences)).toBe(false);
  const made = await json(["init"]);

  expect(made).toMatchObject({
    changed: true,
    config_path: home.config,
    preferences: { changed: true, path: home.preferences },
    found: { config: null, imports: [], leaves: [] },
    next_commands: expect.arrayContaining(["agentpool doctor --deep", "agentpool smoke"]),
    providers: expect.arrayContaining([
      expect.objectContaining({ id: "fake", installed: true, version: "1.0.0" }),
      expect.objectContaining({ auth: expect.objectContaining({ reason: expect.any(String) }) }),
    ]),
  });
  expect(statSync(home.config).mode & 0o777).toBe(0o600);
  const text = readFileSync(home.config, "utf8");
  for (const key of Object.keys(configKeys)) {
    expect(text, key).toMatch(new RegExp(`^ *#? *${key.split(".").at(-1)}: `, "m"));
  }
  const { entries, warnings } = await configReader({ home, env: {} })();
  expect(warnings).toEqual([]);
  expect(entries.filter(({ origin }) => origin.source !== "default").map(({ key }) => key)).toEqual(
    ["version"],
  );

  const again = await run(["init"]);
  expect(again.stdout).toContain(`left ${home.config}`);
  expect(readFileSync(home.config, "utf8")).toBe(text);
});

test("init shows what it would take over from the ancestor's settings, and with --yes does, keeping a copy", async () => {
  const { home, run, json } = cliHome();
  mkdirSync(home.root, { mode: 0o700 });
  writeFileSync(join(home.root, "agentpool.sqlite"), "not ours");
  const before = `version: 1
storage: {db_path: ~/x.sqlite}
policy:
  max_parallel_sessions: 7
  min_remaining_percent: lots
  bogus: 1
  answers: [{name: no pushes, match: "git push", verdict: ask}]
providers:
  codex-cli: {enabled: true, command: [codex], default_model: some-model, max_parallel: 2}
`;
  writeFileSync(home.config, before);

  const shown = await run(["init"]);
  expect(shown.stdout).toMatch(/take +policy\.max_parallel_sessions: 7/);
  expect(shown.stdout).toMatch(/leave +storage\.db_path: does nothing here/);
  expect(shown.stdout).toMatch(/leave +policy\.bogus: line 6: .* is no setting/);
  expect(shown.stdout).toContain("agentpool.sqlite is another program's and stays as it is");
  expect(readFileSync(home.config, "utf8")).toBe(before);

  const made = await json<{ backup_path: string }>(["init", "--yes"]);
  expect(readFileSync(made.backup_path, "utf8")).toBe(before);
  expect(readFileSync(join(home.root, "agentpool.sqlite"), "utf8")).toBe("not ours");
  const config = await configReader({ home, env: {} })();
  expect(config.get("policy.max_parallel_sessions")).toBe(7);
  expect(config.ofProvider(["codex-cli"], "max_parallel")).toBe(2);
  expect(config.get("policy.answers")).toMatchObject([{ name: "no pushes", verdict: "ask" }]);
  expect(config.ofProvider(["codex-cli"], "default_model")).toBe("some-model");
  expect(await json(["init", "--yes"])).toMatchObject({
    changed: false,
    reason: "it is as it would be written",
  });
});

test("a directory in the place of the settings, and one that cannot be written, are told", async () => {
  const { home, folder, run } = cliHome();
  mkdirSync(home.config, { recursive: true });
  expect((await run(["init"], { status: 2 })).stderr).toContain("(invalid_config)");
  writeFileSync(join(folder, "file"), "");
  const { stderr } = await run(["init", "--path", join(folder, "file", "x.yaml")], { status: 2 });
  expect(stderr).toContain("(invalid_config)");
});

test("settings of every shape survive being written", async () => {
  const root = tempFolder();
  const home = homeFrom({ AGENTPOOL_HOME: root });
  const odd = [
    { key: "policy.denied_providers", value: ["a: b", "#c", "'"] },
    { key: "policy.min_remaining_percent", value: 2.5 },
    { key: "providers.fake.enabled", value: false },
  ];
  writeFileSync(home.config, configText(odd, ["codex-cli"]));

  const config = await configReader({ home, env: {} })();

  expect(config.get("policy.denied_providers")).toEqual(["a: b", "#c", "'"]);
  expect(config.get("policy.min_remaining_percent")).toBe(2.5);
  expect(config.ofProvider(["fake"], "enabled")).toBe(false);
});

test("setup says what a provider lacks, with status 1 for one that is named and 0 for all", async () => {
  const { home, run } = cliHome({ env: { PATH: "/usr/bin:/bin" } });
  mkdirSync(home.root, { mode: 0o700 });
  writeFileSync(home.config, "policy:\n  denied_providers: [codex-cli]\n");

  const one = await run(["setup", "codex", "--skip-usage", "--json"], { status: 1 });
  const all = await run(["setup", "all", "--skip-usage", "--json"]);
  const wrong = await run(["setup", "codx"], { status: 3 });

  type Checks = { checks: { name: string; ok: boolean | null; message: string }[] };
  const result = JSON.parse(one.stdout) as Checks;
  const of = (name: string) => result.checks.find((check) => check.name === name);
  expect(result).toMatchObject({ provider_id: "codex-cli", ok: false, usage: null });
  expect(of("provider_configured")).toMatchObject({
    ok: false,
    message: "policy.denied_providers names it",
  });
  expect(of("model_catalog")).toMatchObject({ ok: true });
  expect(of("usage_probe")).toMatchObject({ ok: null });
  const { results } = JSON.parse(all.stdout) as { results: { provider_id: string }[] };
  expect(results.map((each) => each.provider_id)).toContain("opencode");
  expect(results.map((each) => each.provider_id)).not.toContain("fake");
  expect(wrong.stderr).toContain("try: agentpool setup codex");
});

const ready: SetupFacts = {
  agent: {
    id: "x",
    display_name: "X",
    aliases: [],
    installed: true,
    version: "1.0.0",
    binary_path: "/bin/x",
    untested_version: false,
    install: null,
    warnings: [],
    auth: { status: "unknown", confidence: "unknown", reason: "nobody was asked" },
  },
  refused: null,
  models: { providers: [], broken: [], preferences: {} as never },
  usage: null,
  usageAsked: true,
  mcpCommand: null,
  agentpoolPath: "/bin/agentpool",
};

test("what nobody can tell is no failure; a sign-in that its CLI denies is one", () => {
  const failed = (facts: Partial<SetupFacts>) =>
    judgeSetup({ ...ready, ...facts }).flatMap(({ name, ok }) => (ok === false ? [name] : []));
  const told = { windows: [], warnings: [], confidence: "unknown" };

  expect(failed({})).toEqual([]);
  expect(failed({ usage: { ...told, status: "unknown" } as never })).toEqual([]);
  expect(failed({ usage: { ...told, status: "unauthenticated" } as never })).toEqual([
    "auth_probe",
  ]);
  expect(failed({ agent: { ...ready.agent, installed: false } })).toEqual(["provider_installed"]);
});

test("on a terminal init shows what it found, and asks before it writes", async () => {
  const { home, folder } = cliHome();
  const { run, screen, type } = terminal({ columns: 120, rows: 40 });

  run(`cd ${folder} && ${process.execPath} ${agentpoolBin} init`, { AGENTPOOL_HOME: home.root });
  await waitFor(() => screen().includes(`Write settings to ${home.config}? [y/N]`));
  expect(screen()).toContain("AGENT CLI");
  type("n", "Enter");
  await waitFor(() => screen().includes("Write preferences for agents"));
  type("y", "Enter");
  await waitFor(() => screen().includes("status 0"));

  expect(screen()).toContain(`left ${home.config}: it was not wanted`);
  expect(existsSync(home.config)).toBe(false);
  expect(existsSync(home.preferences)).toBe(true);
});
