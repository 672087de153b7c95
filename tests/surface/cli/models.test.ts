import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { agentpoolBin, ensureBuilt } from "../../support/built.ts";
import { cliEnvironment, runCli } from "../../support/run-cli.ts";
import { tempFolder } from "../../support/temp-folder.ts";

beforeAll(ensureBuilt, 120_000);

interface Listed {
  providers: {
    provider_id: string;
    source: string | null;
    models: { id: string; display_name: string | null; efforts: string[] | null }[];
  }[];
  broken: { file: string; problems: string[] }[];
}

function write(home: string, name: string, content: string): string {
  const file = join(home, "models", name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

describe("agentpool models", () => {
  test("lists the models of all providers from files alone, and makes nothing", async () => {
    const home = join(tempFolder(), "home");

    const { status, stdout } = await runCli(["models", "--json"], { home, env: { PATH: "" } });

    const { providers, broken } = JSON.parse(stdout) as Listed;
    expect([status, broken]).toEqual([0, []]);
    const codex = providers.find((one) => one.provider_id === "codex-cli");
    expect(codex?.source).toContain("codex");
    expect(codex?.models[0]).toMatchObject({
      id: expect.any(String) as string,
      efforts: expect.arrayContaining(["low"]) as string[],
    });
    expect(existsSync(home)).toBe(false);
  });

  test("takes a provider by any of its names, and names the nearest for one that is wrong", async () => {
    const home = tempFolder();
    const of = async (...words: string[]): Promise<string[]> => {
      const { stdout } = await runCli(["models", ...words, "--json"], { home });
      return (JSON.parse(stdout) as Listed).providers.map((one) => one.provider_id);
    };

    expect(await of("codex-cli")).toEqual(["codex-cli"]);
    expect(await of("claude")).toEqual(["claude-code"]);
    expect(await of("--provider", "opencode")).toEqual(["opencode"]);
    const wrong = await runCli(["models", "codx"], { home });
    expect(wrong.status).toBe(3);
    expect(wrong.stderr).toContain("Did you mean --provider codex?");
  });

  test("shows a person's own models, and says which of their files is broken", async () => {
    const home = tempFolder();
    write(home, "codex-cli.json", '{ "models": [{ "id": "mine-1", "display_name": "Mine" }] }');
    const broken = write(home, "opencode.json", '{\n  "model": []\n}');

    const { status, stdout } = await runCli(["models", "--json"], { home });

    const listed = JSON.parse(stdout) as Listed;
    expect(status).toBe(7);
    expect(listed.providers.flatMap(({ models }) => models)).toContainEqual(
      expect.objectContaining({ id: "mine-1", display_name: "Mine" }),
    );
    expect(listed.providers.find((one) => one.provider_id === "opencode")?.models).not.toEqual([]);
    const problem = `${broken}:2 model: no such field; did you mean "models"?`;
    expect(listed.broken).toEqual([{ file: broken, problems: [problem] }]);
    const { stdout: doctor } = await runCli(["doctor", "--json"], { home });
    expect(JSON.parse(doctor)).toMatchObject({
      checks: expect.arrayContaining([
        expect.objectContaining({ name: "models file", status: "warn", message: problem }),
      ]) as object[],
    });
  });

  test("gives columns that other programs can read", async () => {
    const { stdout } = await runCli(["models", "codex-cli"], { home: tempFolder() });

    const [headings, first = ""] = stdout.split("\n");
    expect(headings).toBe("PROVIDER\tMODEL\tNAME\tCONTEXT\tEFFORTS");
    expect(first.split("\t")[0]).toBe("codex-cli");
    expect(stdout).not.toContain("*");
  });
});

describe("agentpool models validate", () => {
  test("says that everything shipped is in order", async () => {
    const { status, stdout } = await runCli(["models", "validate"], { home: tempFolder() });

    expect(status).toBe(0);
    expect(stdout.split("\n").filter((line) => line.startsWith("ok ")).length).toBeGreaterThan(4);
  });

  test("names file, line, field and the nearest name, and ends with 1", async () => {
    const home = tempFolder();
    const stray = write(home, "codex.json", "{}");
    const file = write(home, "fake.json", '{\n  "default": "fkae",\n  "models": [ { } ]\n}');

    const all = await runCli(["models", "validate"], { home });
    const one = await runCli(["models", "validate", "models/fake.json", "--json"], {
      home,
      cwd: home,
    });

    expect(all.status).toBe(1);
    expect(all.stdout).toContain(`${file}:3 models[0].id: it is missing\n`);
    expect(all.stdout).toContain(`${stray}:1: no provider has the id "codex"`);
    expect(one.status).toBe(1);
    expect(JSON.parse(one.stdout)).toEqual({
      ok: false,
      files: [
        {
          file,
          ok: false,
          problems: [{ line: 3, field: "models[0].id", reason: "it is missing" }],
        },
      ],
    });
    const absent = await runCli(["models", "validate", "nowhere.json"], { home, cwd: home });
    expect(absent).toMatchObject({ status: 2, stdout: "" });
    expect(absent.stderr).toContain(`${join(home, "nowhere.json")} does not exist`);
  });
});

describe("agentpool inventory", () => {
  test("starts no supervisor, and each program once for all", async () => {
    const folder = tempFolder();
    const asked = join(folder, "asked");
    const program = join(folder, "bin", "codex");
    mkdirSync(dirname(program));
    writeFileSync(program, `#!/bin/sh\necho "$@" >> ${asked}\necho codex-cli 0.1.2\n`, {
      mode: 0o755,
    });
    const home = join(folder, "home");
    const env = { PATH: `${dirname(program)}:/bin`, HOME: folder };

    const first = await runCli(["inventory", "--json"], { home, env });
    const second = await runCli(["providers", "--json"], { home, env });

    expect(JSON.parse(second.stdout)).toMatchObject({
      providers: expect.arrayContaining([
        expect.objectContaining({
          id: "codex-cli",
          verified: "verified",
          installed: true,
          binary_path: program,
          version: "0.1.2",
          untested_version: true,
        }),
      ]) as object[],
    });
    expect(first).toMatchObject({ status: 0, stderr: "" });
    expect(readFileSync(asked, "utf8")).toBe("--version\n");
    expect(readdirSync(home)).toEqual(["cache"]);
  });

  test("has at most 6 KB, and everything else with --full", async () => {
    const home = tempFolder();

    const short = (await runCli(["inventory", "--json"], { home })).stdout;
    const full = (await runCli(["inventory", "--full", "--json"], { home })).stdout;

    expect(short.length).toBeLessThanOrEqual(6 * 1024);
    const { providers } = JSON.parse(full) as { providers: Record<string, unknown>[] };
    expect(providers.find(({ id }) => id === "claude-code")).toMatchObject({
      options: { model: true, read_only: true },
      answers: expect.arrayContaining(["approval"]) as string[],
      models: expect.arrayContaining(["sonnet"]) as string[],
      versions_tried: [expect.any(String)],
    });
  });

  test("shows a broken file with line and field beside the others, and ends with 7", async () => {
    const home = tempFolder();
    const file = join(home, "providers", "mine.json");
    mkdirSync(dirname(file));
    writeFileSync(file, '{\n  "id": "mine",\n  "binary": {\n    "candidates": [}\n}');

    const { status, stdout } = await runCli(["inventory", "--json"], { home });
    const table = await runCli(["inventory"], { home });

    const { providers, broken } = JSON.parse(stdout) as {
      providers: { id: string }[];
      broken: { file: string; problem: string }[];
    };
    expect(status).toBe(7);
    expect(providers.map(({ id }) => id)).toContain("codex-cli");
    expect(broken).toHaveLength(1);
    expect(broken[0]?.problem).toContain(`${file}:4 is no JSON`);
    expect(broken[0]?.problem).toContain("binary.candidates[0]");
    expect(table.status).toBe(7);
    expect(table.stdout).toContain(`broken: ${file}: `);
  });
});

/** What a command loaded besides Node's own start. */
function filesLoadedBy(args: readonly string[], home: string): string[] {
  const folder = tempFolder();
  const report = join(folder, "loaded.json");
  const spy = join(folder, "spy.cjs");
  writeFileSync(
    spy,
    `process.on("exit", () => require("fs").writeFileSync(${JSON.stringify(report)}, JSON.stringify([
       ...Object.keys(require.cache).filter((file) => file !== __filename).map((file) => require("path").basename(file)),
       ...["http", "net", "child_process", "crypto", "worker_threads", "module"].filter((one) => process.moduleLoadList.includes("NativeModule " + one)),
     ])));`,
  );
  spawnSync(process.execPath, ["--require", spy, agentpoolBin, ...args], {
    env: cliEnvironment({ home }),
    stdio: "ignore",
  });
  return JSON.parse(readFileSync(report, "utf8")) as string[];
}

test.each([[["models", "--json"]], [["models", "validate"]], [["inventory", "--json"]]])(
  "agentpool %j loads nothing but the command line once versions are known",
  async (args) => {
    const home = tempFolder();
    await runCli(["inventory"], { home });

    expect(filesLoadedBy(args, home)).toEqual(["agentpool.cjs", "run-bundle.cjs"]);
  },
);
