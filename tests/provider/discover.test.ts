import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AgentpoolError } from "../../src/domain/errors.ts";
import { builtInFolder, Catalogue } from "../../src/provider/discover.ts";
import { planLaunch } from "../../src/provider/launch.ts";
import { tryImport } from "../../src/provider/try-import.ts";
import { request, sampleData } from "./definition.ts";

let home = "";
let shipped = "";
let own = "";

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "catalogue-"));
  shipped = join(home, "shipped");
  own = join(home, "providers");
  mkdirSync(own, { recursive: true });
  ship("alpha-cli", { aliases: ["alpha"], presets: { "alpha-loud": { voice: "loud" } } });
  ship("beta-cli", { aliases: ["second"] });
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

/** A folder as we ship it, with a module that leaves a trace when it is loaded. */
function ship(id: string, fields: object): void {
  mkdirSync(join(shipped, id), { recursive: true });
  const value = JSON.stringify({ ...sampleData, id, ...fields, launch: undefined });
  writeFileSync(
    join(shipped, id, "provider.ts"),
    `globalThis.loadedProviders = [...(globalThis.loadedProviders ?? []), ${JSON.stringify(shipped)} + ${JSON.stringify(id)}];
     export default { ...${value}, launch: (request) => ({ argv: [request.binary], env: {}, files: [], agentSessionId: null, facts: {} }) };`,
  );
}

function loaded(): string[] {
  const all = (globalThis as { loadedProviders?: string[] }).loadedProviders ?? [];
  return all
    .filter((entry) => entry.startsWith(shipped))
    .map((entry) => entry.slice(shipped.length));
}

function write(name: string, content: unknown): string {
  const file = join(own, name);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content, null, 2));
  return file;
}

const catalogue = (): Catalogue => new Catalogue(own, shipped);

async function refusal(attempt: Promise<unknown>): Promise<AgentpoolError> {
  const thrown = await attempt.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof AgentpoolError) return thrown;
  throw new Error(`no refusal but ${String(thrown)}`);
}

describe("what is known", () => {
  test("is listed from names of folders and files, without loading one", async () => {
    write("gamma.json", sampleData);
    write("delta/provider.mjs", "export default {}");
    mkdirSync(join(own, "empty"));
    write("readme.md", "not a provider");
    expect(await catalogue().ids()).toEqual(["alpha-cli", "beta-cli", "delta", "gamma"]);
    expect(loaded()).toEqual([]);
  });

  test("is what we ship where the user has no folder", async () => {
    rmSync(own, { recursive: true });
    expect(await catalogue().ids()).toEqual(["alpha-cli", "beta-cli"]);
  });

  test("has the providers of this project", async () => {
    expect(await new Catalogue(own, builtInFolder()).ids()).toContain("fake");
  });
});

describe("a provider", () => {
  test("is loaded by its id, alone and once", async () => {
    const known = catalogue();
    const [first, second] = await Promise.all([known.get("beta-cli"), known.get("beta-cli")]);
    expect(first).toMatchObject({ definition: { id: "beta-cli" }, extra: {}, origin: "built_in" });
    expect(second.definition).toBe(first.definition);
    expect(loaded()).toEqual(["beta-cli"]);
  });

  test("is found by an alias in any case, and as a rule only it is loaded", async () => {
    expect((await catalogue().get("Alpha")).definition.id).toBe("alpha-cli");
    expect(loaded()).toEqual(["alpha-cli"]);
    expect((await catalogue().get("second")).definition.id).toBe("beta-cli");
  });

  test("is found by a preset, which brings its options", async () => {
    const { definition, extra } = await catalogue().get("alpha-loud");
    expect([definition.id, extra]).toEqual(["alpha-cli", { voice: "loud" }]);
  });

  test("of the user's takes the place of ours with the same id", async () => {
    write("beta-cli.json", { ...sampleData, id: "beta-cli", displayName: "Mine" });
    const known = await catalogue().get("beta-cli");
    expect(known).toMatchObject({
      origin: "user",
      replacesBuiltIn: true,
      definition: { displayName: "Mine" },
    });
    expect((await catalogue().get("alpha-cli")).replacesBuiltIn).toBe(false);
  });

  test("of ours keeps its aliases, whatever the user's own are called", async () => {
    write("alphabet.json", { ...sampleData, id: "alphabet", aliases: ["alpha", "letters"] });
    expect((await catalogue().get("alpha")).definition.id).toBe("alpha-cli");
    expect((await catalogue().get("letters")).definition.id).toBe("alphabet");
  });

  test("is read anew when its file changed", async () => {
    const known = catalogue();
    const module = (name: string): string =>
      `export default { ...${JSON.stringify({ ...sampleData, displayName: name })}, launch() {} }`;
    const data = write("plain.mjs", module("before"));
    expect((await known.get("plain")).definition.displayName).toBe("before");
    write("plain.mjs", module("after"));
    utimesSync(data, new Date(), new Date(Date.now() + 5_000));
    expect((await known.get("plain")).definition.displayName).toBe("after");
  });
});

describe("a name that is none", () => {
  test.each(["", "  ", "auto", "AUTO"])(
    "%j is refused: agentpool never picks a provider",
    async (name) => {
      const error = await refusal(catalogue().get(name));
      expect(error.code).toBe("provider_required");
      expect(error.hint).toBe("--provider alpha-cli | beta-cli");
    },
  );

  test.each([
    ["aplha-cli", "alpha-cli"],
    ["alph", "alpha-cli"],
    ["secnd", "second"],
  ])("%s is answered with %s", async (name, near) => {
    const error = await refusal(catalogue().get(name));
    expect(error.code).toBe("provider_not_found");
    expect(error.hint).toBe(`Did you mean --provider ${near}?`);
    expect(error.why).toContain("alpha, alpha-cli, alpha-loud, beta-cli, second");
  });

  test("far from all others is answered with the list", async () => {
    const error = await refusal(catalogue().get("zzzzzz"));
    expect(error.hint).toBe("agentpool inventory");
  });
});

describe("a broken file of the user's", () => {
  test("is named with its line and does not break the others", async () => {
    const file = write("gamma.json", '{\n  "id": "gamma",\n  oops\n}');
    const { providers, broken } = await catalogue().all();
    expect(providers.map((known) => known.definition.id)).toEqual(["alpha-cli", "beta-cli"]);
    expect(broken).toMatchObject([{ id: "gamma", file }]);
    const error = await refusal(catalogue().get("gamma"));
    expect(error).toMatchObject({ code: "invalid_config", details: { file, line: 3 } });
    expect(error.message).toBe(`${file}:3 is no JSON`);
    expect(error.why).toContain('at the field "id"');
    expect((await catalogue().get("alpha")).definition.id).toBe("alpha-cli");
  });

  test("is named when a wrong name might have been meant for it", async () => {
    write("gamma.json", "{");
    expect((await refusal(catalogue().get("gama"))).why).toContain("gamma.json is broken");
  });

  test("has the field and its line where a value is wrong", async () => {
    const { screen } = sampleData;
    const rules = [screen.rules[0], { ...screen.rules[0], id: "other", region: { lastLines: -1 } }];
    const file = write("plain.json", { ...sampleData, screen: { ...screen, rules } });
    const error = await refusal(catalogue().get("plain"));
    const details = error.details as { line: number; field: string };
    expect(details.field).toBe("screen.rules[1].region.lastLines");
    const text = JSON.stringify({ ...sampleData, screen: { ...screen, rules } }, null, 2).split(
      "\n",
    );
    expect(text[details.line - 1]).toContain('"lastLines": -1');
    expect(error.message).toBe(`${file}:${details.line} defines no provider`);
  });

  test("is refused when it defines another provider than its name says", async () => {
    write("other.json", sampleData);
    expect((await refusal(catalogue().get("other"))).why).toContain(
      'id: it is "plain", and the file is named "other"',
    );
  });

  test("is named with its line where code cannot be read or fails", async () => {
    const syntax = write("gamma.mjs", "export default {\n  id: 'gamma',\n  launch( {\n};\n");
    expect(await refusal(catalogue().get("gamma"))).toMatchObject({
      code: "invalid_config",
      details: { file: syntax },
    });
    const failing = write("delta.mjs", "\n\nthrow new Error('not today');\n");
    const error = await refusal(catalogue().get("delta"));
    expect(error).toMatchObject({ why: "not today", details: { line: 3 } });
    expect(error.message).toBe(`${failing}:3 cannot be loaded`);
  });

  test("without a default export says so", async () => {
    write("gamma.mjs", "export const provider = {};\n");
    expect((await refusal(catalogue().get("gamma"))).why).toBe("it has no default export");
  });
});

describe("a place of the user's that cannot be read", () => {
  test.each<[string, (path: string) => void, RegExp]>([
    ["a link to nothing", (path) => symlinkSync("/nowhere/x.json", path), /link to something that/],
    ["a link to itself", (path) => symlinkSync(path, path), /leads back to itself/],
    ["a folder named like a file", (path) => mkdirSync(path), /It is no file/],
    ["a pipe", (path) => void execFileSync("mkfifo", [path]), /It is no file/],
    ["a file of 2 MB", (path) => writeFileSync(path, " ".repeat(2 << 20)), /at most 1048576/],
    [
      "a file that everybody may write",
      (path) => {
        writeFileSync(path, JSON.stringify({ prompt: "$" }));
        chmodSync(path, 0o666);
      },
      /Every user of this machine may write it/,
    ],
  ])("%s is named, and the others go on", async (_what, make, why) => {
    make(join(own, "gamma.json"));
    const error = await refusal(catalogue().get("gamma"));
    expect(error).toMatchObject({
      code: "invalid_config",
      details: { file: join(own, "gamma.json") },
    });
    expect(error.why).toMatch(why);
    const { providers, broken } = await catalogue().all();
    expect(providers).toHaveLength(2);
    expect(broken).toMatchObject([{ id: "gamma" }]);
  });

  test("is named when it is the whole folder, and what we ship is there all the same", async () => {
    rmSync(own, { recursive: true });
    symlinkSync(own, own);
    const { providers, broken } = await catalogue().all();
    expect(providers).toHaveLength(2);
    expect(broken).toEqual([
      { id: "", file: own, problem: expect.stringContaining("the folder cannot be read") },
    ]);
    expect((await catalogue().get("alpha-cli")).origin).toBe("built_in");
    expect((await refusal(catalogue().get("mine"))).why).toContain(`${own} is broken`);
  });

  test("is refused when two files define one id, since nothing says which is meant", async () => {
    const first = write("plain/provider.json", sampleData);
    const second = write("plain.json", sampleData);
    const error = await refusal(catalogue().get("plain"));
    expect(error.message).toBe(`${second} defines plain a second time`);
    expect(error.why).toContain(first);
    expect((await catalogue().all()).broken).toHaveLength(1);
  });
});

describe("a module of the user's", () => {
  test("that loops for ever is given up, and stops nothing else", async () => {
    write("gamma.mjs", "while (true) {}");
    const url = pathToFileURL(join(own, "gamma.mjs")).href;
    const tried = await tryImport(url, { timeoutMs: 300 });
    expect(tried).toMatchObject({ failed: expect.stringContaining("not read within 0.3 s") });
  });

  test.each([
    ["await new Promise(() => setInterval(() => {}, 1000));", /not read within/, 1_000],
    ["process.exit(0);", /ends the process that reads it/, 60_000],
  ])("%s is told apart from a definition", async (code, failed, timeoutMs) => {
    const url = pathToFileURL(write("gamma.mjs", code)).href;
    expect(await tryImport(url, { timeoutMs })).toMatchObject({
      failed: expect.stringMatching(failed),
    });
  });

  test("that lacks a package says which one, and where to install it", async () => {
    write("gamma.mjs", 'import x from "no-such-package-of-anybody";\nexport default x;\n');
    const error = await refusal(catalogue().get("gamma"));
    expect(error.why).toContain("no-such-package-of-anybody");
    expect(error.hint).toBe(
      `Do without no-such-package-of-anybody, or install it beside the file: cd ${own}`,
    );
  });
});

test("nothing in a repository is a provider until a person links it into the folder", async () => {
  const repository = join(home, "repository");
  for (const folder of ["providers", ".agentpool/providers"]) {
    const path = join(repository, folder);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "local.json"), JSON.stringify({ prompt: "$" }));
    writeFileSync(join(path, "code.mjs"), "globalThis.loadedProviders.push('code');");
  }
  const before = process.cwd();
  const cwd = vi.spyOn(process, "cwd").mockReturnValue(repository);
  try {
    expect(await catalogue().ids()).toEqual(["alpha-cli", "beta-cli"]);
    expect((await refusal(catalogue().get("local"))).code).toBe("provider_not_found");
  } finally {
    cwd.mockRestore();
  }
  expect(process.cwd()).toBe(before);
  symlinkSync(join(repository, "providers", "local.json"), join(own, "local.json"));
  expect(await catalogue().get("local")).toMatchObject({ origin: "user", replacesBuiltIn: false });
});

describe("a definition without code", () => {
  const start = async (changes: object): Promise<readonly string[]> => {
    const { definition } = await catalogue().get("plain");
    const plan = await planLaunch(
      { ...definition, options: { ...definition.options, readOnly: true } },
      { ...request, ...changes },
      {
        stat: () => Promise.resolve({ kind: "file" }),
        read: () => Promise.resolve(undefined),
      },
    );
    return [...plan.argv, `voice=${plan.env["PLAIN_VOICE"]}`];
  };

  test("has its launch as a template", async () => {
    write("plain.json", sampleData);
    expect(
      await start({
        model: "m-1",
        promptArgument: "do {model}",
        mode: "read_only",
        extra: { voice: "low" },
      }),
    ).toEqual(["/bin/sh", "--model", "m-1", "--read-only", "--", "do {model}", "voice=low"]);
    expect(await start({})).toEqual(["/bin/sh", "voice="]);
  });

  test.each([
    [{ argv: "x" }, 'launch: {"argv":"x"} has no list "argv"'],
    [{ argv: ["{binray}"] }, "launch.argv[0]: {binray} is no placeholder"],
    [
      { argv: ["{binary}", { if: "modle", args: [] }] },
      'launch.argv[1].if: "modle" is no part of a request',
    ],
    [{ argv: ["{binary}"], environment: {} }, "launch.environment: no such field"],
    [{ argv: ["{binary}"], env: { A: 1 } }, "launch.env.A: 1 is no text"],
  ])("is refused with a template such as %j", async (launch, why) => {
    write("plain.json", { ...sampleData, launch });
    expect((await refusal(catalogue().get("plain"))).why).toContain(why);
  });
});
