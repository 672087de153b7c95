import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  BinaryFinder,
  candidatePaths,
  overrideName,
  type BinaryMachine,
} from "../../src/provider/find-binary.ts";
import { createLocalMachine } from "../../src/runtime/local/machine.ts";
import { sample } from "./definition.ts";

let root = "";
let cache = "";
let env: Record<string, string> = {};
let asked: string[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "binaries-"));
  cache = join(root, "home", "cache", "binaries.json");
  env = { PATH: `${root}/a:${root}/b:/usr/bin:/bin`, HOME: join(root, "me") };
  asked = [];
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** The real machine, with a note of every program that is started. */
function machine(changes: Partial<BinaryMachine> = {}): BinaryMachine {
  const local = createLocalMachine();
  return {
    ...local,
    exec: (argv, options) => {
      asked.push(argv.join(" "));
      return local.exec(argv, options);
    },
    ...changes,
  };
}

const finder = (changes: Partial<BinaryMachine> = {}): BinaryFinder =>
  new BinaryFinder(machine(changes), cache);

function install(folder: string, script: string, name = "sample"): string {
  const path = join(root, folder, name);
  mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe("the program of a provider", () => {
  test("is looked for past a folder of PATH that may not be read", async () => {
    const path = install("b", "echo 'sample 1.4.2'");
    const real = machine();
    const denied = Object.assign(new Error("permission denied"), { code: "EACCES" });
    const { found } = await finder({
      stat: (one) => (one.startsWith(join(root, "a")) ? Promise.reject(denied) : real.stat(one)),
    }).find(sample, env);
    expect(found).toEqual({ path, version: "1.4.2" });
  });

  test("is the first on PATH that answers like it", async () => {
    install("a", "echo 'sampler, a music tool 9.9.9'");
    const path = install("b", "echo 'sample 1.4.2 (build 7)'");
    const { found, rejected } = await finder().find(sample, env);
    expect(found).toEqual({ path, version: "1.4.2" });
    expect(rejected).toEqual([
      {
        path: join(root, "a", "sample"),
        why: 'it is another program: it prints "sampler, a music tool 9.9.9"',
      },
    ]);
  });

  test("may tell its version on stderr", async () => {
    install("a", "echo 'sample 1.0.0' >&2");
    expect((await finder().find(sample, env)).found?.version).toBe("1.0.0");
  });

  test("is looked for in the usual folders where PATH lacks them", async () => {
    const path = install("me/.local/bin", "echo 'sample 2.0.0'");
    expect((await finder().find(sample, env)).found?.path).toBe(path);
  });

  test("is never taken from the present folder", () => {
    const paths = candidatePaths(["sample", "./sample"], { PATH: ":.:/usr/bin:bin", HOME: "" });
    expect(paths).toEqual([
      "/usr/bin/sample",
      "/opt/homebrew/bin/sample",
      "/usr/local/bin/sample",
      "/bin/sample",
    ]);
  });

  test("may lie where another program of the user's installed it", () => {
    const candidates = ["~/.local/share/tool/sample", "~/tools/sample"];
    expect(candidatePaths(candidates, { HOME: "/home/me" })).toEqual([
      "/home/me/.local/share/tool/sample",
      "/home/me/tools/sample",
    ]);
    expect(candidatePaths(candidates, { HOME: "/home/me", XDG_DATA_HOME: "/data" })).toEqual([
      "/data/tool/sample",
      "/home/me/tools/sample",
    ]);
    expect(candidatePaths(candidates, { XDG_DATA_HOME: "data" })).toEqual([]);
  });

  test("keeps the path of its link, which stays when the program is updated", async () => {
    const real = install("real", "echo 'sample 1.0.0'");
    mkdirSync(join(root, "a"));
    symlinkSync(real, join(root, "a", "sample"));
    expect((await finder().find(sample, env)).found?.path).toBe(join(root, "a", "sample"));
  });

  test("is passed over with the reason when it cannot be run or does not answer in time", async () => {
    const path = install("a", "echo");
    chmodSync(path, 0o644);
    const { found, rejected } = await finder().find(sample, env);
    expect(found).toBeNull();
    expect(rejected[0]?.why).toContain("it could not be asked for its version");
    const late = install("b", "exec sleep 60");
    const impatient = finder({
      exec: (argv, options) => createLocalMachine().exec(argv, { ...options, timeoutMs: 50 }),
    });
    expect((await impatient.find(sample, env)).rejected.map((entry) => entry.path)).toContain(late);
  });

  test("sees none of the secrets of the asking command", async () => {
    const path = install("a", "env >&2; echo 'sample 1.0.0'");
    let seen = "";
    const spying = finder({
      exec: async (argv, options) => {
        const result = await createLocalMachine().exec(argv, options);
        seen = result.stderr;
        return result;
      },
    });
    expect(
      (await spying.find(sample, { ...env, SECRET_TOKEN: "s3cret", CLAUDECODE: "1" })).found?.path,
    ).toBe(path);
    expect(seen).toContain("HOME=");
    expect(seen).not.toMatch(/s3cret|CLAUDECODE/);
  });
});

describe("a named program", () => {
  test("is taken as it is, whatever it says", async () => {
    const path = install("elsewhere", "exit 1", "wrapper");
    const named = { ...env, AGENTPOOL_SAMPLE_CLI_BINARY: path };
    expect(overrideName("sample-cli")).toBe("AGENTPOOL_SAMPLE_CLI_BINARY");
    expect((await finder().find(sample, named)).found).toEqual({ path, version: null });
  });

  test("is not replaced by another when it is not there", async () => {
    install("a", "echo 'sample 1.0.0'");
    const named = { ...env, AGENTPOOL_SAMPLE_CLI_BINARY: join(root, "nowhere") };
    await expect(finder().require(sample, named)).rejects.toMatchObject({
      code: "provider_not_installed",
      why: `${join(root, "nowhere")}: AGENTPOOL_SAMPLE_CLI_BINARY: there is no such file`,
    });
    await expect(
      finder().require(sample, { AGENTPOOL_SAMPLE_CLI_BINARY: "sample" }),
    ).rejects.toMatchObject({
      why: "sample: AGENTPOOL_SAMPLE_CLI_BINARY: it is no absolute path",
    });
  });
});

test("a missing program is an error that says how to get it", async () => {
  await expect(finder().require(sample, env)).rejects.toMatchObject({
    code: "provider_not_installed",
    message: "Sample was not found",
    why: "No program named sample is on PATH or in the usual folders.",
    hint: "npm install -g sample; or name it: AGENTPOOL_SAMPLE_CLI_BINARY=<path>",
  });
});

describe("an answer", () => {
  test("is remembered, also by the next process, in a file of our own", async () => {
    install("a", "echo 'sample 1.0.0'");
    const first = finder();
    await Promise.all([first.find(sample, env), first.find(sample, env)]);
    await first.find(sample, env);
    expect(asked).toHaveLength(1);
    expect((await finder().find(sample, env)).found?.version).toBe("1.0.0");
    expect(asked).toHaveLength(1);
    expect(statSync(cache).mode & 0o777).toBe(0o600);
  });

  test("counts no longer when the file changed", async () => {
    const path = install("a", "echo 'sample 1.0.0'");
    const known = finder();
    await known.find(sample, env);
    install("a", "echo 'sample 1.0.1'");
    utimesSync(path, new Date(), new Date(Date.now() + 9_000));
    expect((await known.find(sample, env)).found?.version).toBe("1.0.1");
  });

  test("counts no longer when another file stands in its place, as old and as large", async () => {
    const old = new Date("1985-10-26T08:15:00Z");
    const versions = ["1.0.0", "1.0.1"].map((version) => {
      const path = install(version, `echo 'sample ${version}'`);
      utimesSync(path, old, old);
      return path;
    });
    mkdirSync(join(root, "a"));
    const link = join(root, "a", "sample");
    symlinkSync(versions[0] ?? "", link);
    const known = finder();
    expect((await known.find(sample, env)).found?.version).toBe("1.0.0");

    rmSync(link);
    symlinkSync(versions[1] ?? "", link);

    expect((await known.find(sample, env)).found).toEqual({ path: link, version: "1.0.1" });
  });

  test("that failed is believed for a minute, by every process", async () => {
    install("a", "echo broken; exit 3");
    let now = Date.now();
    const at = (): BinaryFinder => new BinaryFinder(machine(), cache, () => now);
    const known = at();
    await known.find(sample, env);
    await known.find(sample, env);
    expect((await at().find(sample, env)).rejected[0]?.why).toContain('it prints "broken"');
    expect(asked).toHaveLength(1);

    now += 61_000;
    await known.find(sample, env);
    expect(asked).toHaveLength(2);
  });

  test("that failed is no reason to refuse a start before it was tried once more", async () => {
    const repaired = join(root, "repaired");
    install("a", `test -e ${repaired} && echo 'sample 1.0.0'`);
    expect((await finder().find(sample, env)).found).toBeNull();

    writeFileSync(repaired, "");

    const path = join(root, "a", "sample");
    expect(await finder().require(sample, env)).toEqual({ path, version: "1.0.0" });
    expect((await finder().find(sample, env)).found?.version).toBe("1.0.0");
  });

  test("of one process is not forgotten by what another one learns", async () => {
    install("a", "echo 'sample 1.0.0'");
    const other = { ...sample, binary: { ...sample.binary, versionArgs: ["-v"] } };
    const first = finder();
    const second = finder();
    await first.find(sample, env);
    await second.find(other, env);
    await first.find({ ...sample, binary: { ...sample.binary, versionArgs: ["-V"] } }, env);
    asked = [];

    await finder().find(sample, env);
    await finder().find(other, env);

    expect(asked).toEqual([]);
  });

  test.each(["", "{", "[]", '{"entries":[["x"],3,["y",{"stamp":1}]]}'])(
    "does not depend on a sound file: %j",
    async (content) => {
      install("a", "echo 'sample 1.0.0'");
      mkdirSync(join(cache, ".."), { recursive: true });
      writeFileSync(cache, content);
      expect((await finder().find(sample, env)).found?.version).toBe("1.0.0");
      expect(readFileSync(cache, "utf8")).toContain("sample 1.0.0");
    },
  );

  test("is found also where nothing can be kept", async () => {
    install("a", "echo 'sample 1.0.0'");
    const known = finder({ write: () => Promise.reject(new Error("read-only")) });
    expect((await known.find(sample, env)).found?.version).toBe("1.0.0");
  });
});
