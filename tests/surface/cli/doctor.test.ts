import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { homeFrom } from "../../../src/platform/home.ts";
import type { Check } from "../../../src/surface/cli/doctor/check.ts";
import { judgeFileSystem } from "../../../src/surface/cli/doctor/file-system.ts";
import { checkHome } from "../../../src/surface/cli/doctor/home.ts";
import { judgeSurvival, type Surroundings } from "../../../src/surface/cli/doctor/survival.ts";
import { ensureBuilt } from "../../support/built.ts";
import { Catalogue } from "../../../src/provider/discover.ts";
import { openStore } from "../../../src/store/open.ts";
import { connect } from "../../../src/store/sqlite/connection.ts";
import { runCli } from "../../support/run-cli.ts";
import { tempFolder } from "../../support/temp-folder.ts";

beforeAll(ensureBuilt, 120_000);

const report = (stdout: string): { ok: boolean; checks: Check[] } => JSON.parse(stdout);
const named = (checks: readonly Check[], name: string): Check | undefined =>
  checks.find((check) => check.name === name);

test("doctor looks at everything, starts nothing and makes nothing", async () => {
  const home = join(tempFolder(), "home");

  const { status, stdout } = await runCli(["doctor", "--json"], { home });

  const { ok, checks } = report(stdout);
  // the suite also runs where tmux is missing
  const failed = checks.filter((check) => check.status === "fail").map((check) => check.name);
  expect(failed.filter((name) => name !== "tmux")).toEqual([]);
  expect([status, ok]).toEqual(failed.length === 0 ? [0, true] : [1, false]);
  for (const name of "node git sqlite home store socket survival"
    .split(" ")
    .concat("file system")) {
    expect(named(checks, name), name).toMatchObject({ status: expect.stringMatching(/ok|warn/) });
  }
  expect(named(checks, "home")?.message).toBe(`${home}, made when it is needed`);
  expect(named(checks, "store")?.message).toMatch(/, made when it is needed$/);
  expect(named(checks, "supervisor")?.message).toContain("not running");
  expect(named(checks, "provider fake")?.status).toBe("ok");
  expect(named(checks, "provider cursor-cli")?.message).toContain("from its documentation alone");
});

test("without tmux doctor fails and says the one command that repairs it", async () => {
  const root = tempFolder();
  const path = join(root, "bin");
  mkdirSync(path);
  symlinkSync(process.execPath, join(path, "node"));

  const { status, stdout } = await runCli(["doctor", "--json"], {
    home: join(root, "home"),
    env: { PATH: path },
  });

  const { checks } = report(stdout);
  expect(status).toBe(1);
  expect(named(checks, "tmux")).toMatchObject({
    status: "fail",
    repair: expect.stringMatching(/install.* tmux$/),
  });
  expect(named(checks, "git")?.status).toBe("warn");
});

test("--deep uses what it looks at, and leaves nothing behind", async () => {
  const temp = tempFolder();
  const home = join(temp, "home");
  mkdirSync(home, { mode: 0o700 });

  const { stdout } = await runCli(["doctor", "--deep", "--json"], { home, env: { TMPDIR: temp } });

  const { checks } = report(stdout);
  const tmux = named(checks, "tmux")?.status;
  expect(named(checks, "tmux round trip")?.status).toBe(tmux);
  expect(named(checks, "sqlite round trip")).toMatchObject({ status: "ok" });
  expect(named(checks, "home is writable")?.message).toBe(
    `a file was written into ${home} and removed`,
  );
  expect(named(checks, "store opens")?.message).toBe("made when it is needed");
  expect(readdirSync(home)).toEqual([]);
  expect(readdirSync(temp)).toEqual(["home"]);
});

test("--deep fails where tmux is there and shows nothing", async () => {
  const temp = tempFolder();
  const path = join(temp, "bin");
  mkdirSync(path);
  writeFileSync(join(path, "tmux"), '#!/bin/sh\n[ "$1" = -V ] && echo "tmux 3.3a"\nexit 0\n', {
    mode: 0o755,
  });

  const { status, stdout } = await runCli(["doctor", "--deep", "--json"], {
    home: join(temp, "home"),
    env: { PATH: `${path}:${process.env["PATH"] ?? ""}` },
  });

  expect(status).toBe(1);
  expect(named(report(stdout).checks, "tmux")?.status).toBe("ok");
  expect(named(report(stdout).checks, "tmux round trip")).toMatchObject({ status: "fail" });
});

test("--privacy measures what is kept, where, and with which mode", async () => {
  const root = join(tempFolder(), "home");
  const home = homeFrom({ AGENTPOOL_HOME: root });
  mkdirSync(join(home.session("ap_1").root), { recursive: true, mode: 0o700 });
  writeFileSync(home.session("ap_1").launch, "{}");
  chmodSync(root, 0o750);

  const { stdout } = await runCli(["doctor", "--privacy", "--json"], { home: root });

  const { privacy } = JSON.parse(stdout) as { privacy: Record<string, unknown> };
  expect(privacy).toMatchObject({
    network: [],
    open_to_others: true,
    environment_files: [home.session("ap_1").launch],
    places: expect.arrayContaining([
      expect.objectContaining({ name: "sessions", mode: "700", files: 1, size_bytes: 2 }),
      expect.objectContaining({ name: "worktrees", mode: null, files: null }),
    ]),
  });
  const { stdout: text } = await runCli(["doctor", "--privacy"], { home: root });
  expect(text).toMatch(/^sessions\t700\t1\t/m);
  expect(text).toMatch(/^copilot-cli\tapi\.github\.com\t\t.*GH_TOKEN.*gh auth token/m);
});

test("--privacy tells of every probe of every provider what it reads and whom it asks", async () => {
  const root = join(tempFolder(), "home");
  const { stdout } = await runCli(["doctor", "--privacy", "--json"], { home: root });

  const { usage_probes: told } = (JSON.parse(stdout) as { privacy: { usage_probes: object[] } })
    .privacy;
  const { providers } = await new Catalogue(root).all();
  const probes = providers.flatMap(({ definition: { id, usage } }) =>
    (usage?.probes ?? []).map((probe) => ({ provider_id: id, id: probe.id, hosts: probe.hosts })),
  );
  expect(probes.length).toBeGreaterThan(3);
  expect(told).toEqual(
    expect.arrayContaining(probes.map((one) => expect.objectContaining(one) as object)),
  );
  expect(told).toContainEqual(
    expect.objectContaining({ id: "codexbar", only_with: "--backend codexbar" }),
  );
});

test("--privacy says what of this shell's environment would be passed on, and which secrets are taken out", async () => {
  const root = join(tempFolder(), "home");
  const env = { MY_DATABASE_PASSWORD: "x", LC_TIME: "C", GIT_AUTHOR_NAME: "a" };
  type Told = {
    privacy: {
      network: string[];
      redacted: string[];
      environment: { agents: string[]; supervisor: string[]; withheld: number };
    };
  };
  const { privacy } = JSON.parse(
    (await runCli(["doctor", "--privacy", "--json"], { home: root, env })).stdout,
  ) as Told;

  expect(privacy.environment.agents).toEqual(
    expect.arrayContaining(["GIT_AUTHOR_NAME", "LC_TIME"]),
  );
  expect(privacy.environment.supervisor).toContain("LC_TIME");
  expect(JSON.stringify(privacy)).not.toContain("MY_DATABASE_PASSWORD");
  expect(privacy.environment.withheld).toBeGreaterThan(0);
  expect(privacy.redacted).toEqual(
    expect.arrayContaining(["api_key", "authorization", "jwt", "private_key", "url_password"]),
  );
  expect(privacy.network).toEqual([]);

  mkdirSync(root, { mode: 0o700 });
  writeFileSync(join(root, "config.yaml"), "policy:\n  usage_auto_refresh_after_seconds: 600\n");
  const asked = await runCli(["doctor", "--privacy", "--json"], { home: root });
  expect((JSON.parse(asked.stdout) as Told).privacy.network).toContain("api.github.com");
});

test("a link among the models that leads nowhere is told with its target", async () => {
  const root = join(tempFolder(), "home");
  mkdirSync(join(root, "models"), { recursive: true, mode: 0o700 });
  symlinkSync("/gone/away.json", join(root, "models", "fake.json"));

  const { checks } = report((await runCli(["doctor", "--json"], { home: root })).stdout);

  expect(named(checks, "models file")).toMatchObject({
    status: "warn",
    message: expect.stringContaining("a link to /gone/away.json, and nothing is there"),
  });
});

test("a home that was used is the same after doctor, and a store of a newer agentpool fails", async () => {
  const root = join(tempFolder(), "home");
  const { database } = homeFrom({ AGENTPOOL_HOME: root });
  await (await openStore({ file: database, mode: "write", now: 1 })).close();
  const files = () =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      // the index of SQLite's log notes who reads
      .filter((entry) => entry.isFile() && !entry.name.endsWith("-shm"))
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return `${path} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`;
      });
  const before = files();

  const { stdout } = await runCli(["doctor", "--deep", "--privacy", "--json"], { home: root });

  expect(files()).toEqual(before);
  expect(named(report(stdout).checks, "store opens")?.message).toBe(
    "0 sessions (0 live), 0 events",
  );
  const connection = connect(database, false);
  connection.exec("PRAGMA user_version = 9999");
  connection.exec("UPDATE meta SET value = '9999' WHERE key LIKE 'min_%'");
  connection.close();
  const newer = await runCli(["doctor", "--deep", "--json"], { home: root });
  expect(newer.status).toBe(1);
  for (const name of ["store", "store opens"]) {
    expect(named(report(newer.stdout).checks, name), name).toMatchObject({
      status: "fail",
      message: expect.stringContaining("A newer agentpool wrote"),
    });
  }
});

test("a supervisor that takes connections and says nothing is a failed check", async () => {
  const root = tempFolder();
  const home = homeFrom({ AGENTPOOL_HOME: root });
  mkdirSync(join(root, "run"), { mode: 0o700 });
  const mute = createServer().listen(home.supervisorSocket);
  onTestFinished(() => void mute.close());

  const { status, stdout } = await runCli(["doctor", "--json"], { home: root });

  expect(status).toBe(1);
  expect(named(report(stdout).checks, "supervisor")).toMatchObject({ status: "fail" });
});

test("the human form has a line for each check and the sum", async () => {
  const { stdout } = await runCli(["doctor"], { home: tempFolder() });

  expect(stdout).toMatch(/^ok {4}node +\d+\.\d+\.\d+$/m);
  expect(stdout).toMatch(/^\d+ ok, \d+ warn, [01] fail$/m);
});

test.each([
  [0xef53, "ok", "ext4"],
  [0x01021994, "ok", "tmpfs"],
  [0x6969, "fail", "NFS"],
  [0x01021997, "fail", "9p"],
  [-11317950, "fail", "CIFS, as a signed number"],
  [0x65735546, "warn", "FUSE"],
])("a home on a file system of type %d is %s (%s)", (type, status) => {
  expect(judgeFileSystem(type, "linux", "/h").status).toBe(status);
});

test("a home that is no folder fails, and one open to others warns with the repair", () => {
  const root = tempFolder();
  const home = homeFrom({ AGENTPOOL_HOME: join(root, "h") });
  expect(checkHome(home)).toMatchObject({ status: "ok" });
  mkdirSync(home.root);
  chmodSync(home.root, 0o755);
  expect(checkHome(home)).toMatchObject({ status: "warn", repair: `chmod 700 ${home.root}` });
  chmodSync(home.root, 0o700);
  expect(checkHome(home)).toEqual({ name: "home", status: "ok", message: home.root });
  const file = homeFrom({ AGENTPOOL_HOME: join(root, "f") });
  writeFileSync(file.root, "");
  expect(checkHome(file)).toMatchObject({ status: "fail" });
});

const around: Surroundings = {
  platform: "linux",
  cgroup: "0::/init.scope",
  inContainer: false,
  userManager: false,
  lingers: false,
  user: "ann",
  env: {},
};

test.each<[string, Partial<Surroundings>, Check["status"], string]>([
  ["a container", { inContainer: true }, "ok", "as long as this container"],
  ["a user manager without lingering", { userManager: true }, "warn", "your last login ends"],
  [
    "a user manager with lingering",
    { userManager: true, lingers: true },
    "ok",
    "survive your logout",
  ],
  ["a login scope", { cgroup: "0::/user.slice/session-3.scope" }, "warn", "with this login"],
  ["a CI job in a container", { inContainer: true, env: { GITLAB_CI: "1" } }, "warn", "CI job"],
  ["a batch job", { env: { SLURM_JOB_ID: "7" } }, "warn", "Slurm job"],
  ["nothing in particular", {}, "ok", "until the machine is shut down"],
])("in %s doctor says what ends a session", (_, part, status, message) => {
  const check = judgeSurvival({ ...around, ...part });

  expect(check.status).toBe(status);
  expect(check.message).toContain(message);
});
