/** `agentpool usage --refresh`, with probes of providers of a person's own. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openHome, type TestHome } from "../../support/home.ts";
import { isGone } from "../../support/is-gone.ts";
import { scriptedProvider } from "../../support/scripted-provider.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { waitFor } from "../../support/wait.ts";

interface Row {
  provider_id: string;
  account: string;
  status: string;
  confidence: string;
  source: string | null;
  stale: boolean;
  age_seconds: number | null;
  credits_remaining: number | null;
  reset_at: string | null;
  warnings: string[];
  windows: { name: string; status: string; remaining_percent: number | null }[];
}

interface Output {
  accounts: Row[];
  partial: boolean;
  refreshed: boolean;
}

/** A provider like the scripted one whose usage facts are this JavaScript. */
function addProvider(home: TestHome, id: string, usage: string, more = ""): void {
  const fake = scriptedProvider();
  mkdirSync(home.home.providers, { recursive: true });
  writeFileSync(
    join(home.home.providers, `${id}.mjs`),
    `import fake from ${JSON.stringify(fake)};
     const told = (usedPercent, more = {}) => ({ plan: "pro", windows: [{ name: "5h", kind: "5h",
       usedPercent, remainingPercent: null, usedUnits: null, remainingUnits: null,
       resetsAt: Date.now() + 3_600_000, ...more }] });
     const probe = (ask, more = {}) => ({ id: "asked", does: "asks", hosts: [],
       confidence: "official", ask, ...more });
     export default { ...fake, id: "${id}", aliases: ["${id}-alias"], presets: {}, usage: ${usage}, ${more} };`,
  );
}

async function refresh(home: TestHome, provider?: string, more: object = {}): Promise<Output> {
  const named = provider === undefined ? {} : { provider_id: provider };
  return home.ask<Output>("usage.refresh", { ...named, ...more });
}

function rowOf({ accounts }: Output, id: string): Row {
  const row = accounts.find(({ provider_id }) => provider_id === id);
  if (!row) throw new Error(`no row of ${id}: ${JSON.stringify(accounts)}`);
  return row;
}

test("what a probe tells is kept, and shown from then on without asking anybody", async () => {
  const home = await openHome();
  addProvider(home, "mine", "{ probes: [probe(async () => told(88))] }");

  const asked = await refresh(home, "mine-alias");
  expect(asked).toMatchObject({ refreshed: true, partial: false });
  const expected = {
    account: expect.stringMatching(/^mine:.*\.fake-agent$/) as string,
    status: "near_limit",
    confidence: "official",
    source: "asked",
    stale: false,
    plan: "pro",
    warnings: [],
    windows: [{ name: "5h", status: "near_limit", remaining_percent: 12, used_percent: 88 }],
  };
  expect(rowOf(asked, "mine")).toMatchObject(expected);

  addProvider(home, "mine", "{ probes: [probe(() => { throw new Error('asked') })] }");
  const shown = await home.ask<Output>("usage.show", { provider_id: "mine-alias" });
  expect(shown).toMatchObject({ refreshed: false, partial: false });
  expect(rowOf(shown, "mine")).toMatchObject(expected);
  expect((await home.ask<Output>("usage.show", { provider_id: "fake" })).accounts).toEqual([]);
});

test("probes are asked in turn until one tells, a costly one only when that was asked for", async () => {
  const home = await openHome();
  const broken = "probe(() => { throw new Error('out of order') })";
  const empty = "probe(async () => ({ plan: null, windows: [{}] }), { id: 'empty' })";
  const costly = "probe(async () => told(10), { id: 'costly', costly: true })";
  addProvider(home, "mine", `{ probes: [${broken}, ${empty}, ${costly}] }`);

  const cheap = rowOf(await refresh(home, "mine"), "mine");
  expect(cheap).toMatchObject({ status: "unknown", windows: [] });
  expect(cheap.warnings).toEqual([
    "asked: out of order",
    "empty: it told no window that makes sense",
  ]);
  const row = rowOf(await refresh(home, "mine", { costly: true }), "mine");
  expect(row).toMatchObject({ status: "available", source: "costly" });
});

/** No agent CLI of this machine's owner is started, and none of their accounts asked. */
function withoutAgents(): Record<string, string> {
  const ids = readdirSync(join(import.meta.dirname, "../../../providers")).filter(
    (id) => id !== "fake",
  );
  return Object.fromEntries(
    ids.map((id) => [
      `AGENTPOOL_${id.toUpperCase().replaceAll("-", "_")}_BINARY`,
      "/nowhere/at-all",
    ]),
  );
}

test("all are asked at the same time, and whoever is too slow is unknown", async () => {
  const home = await openHome({ env: withoutAgents() });
  const folder = tempFolder();
  const never = (id: string): string =>
    `{ probes: [probe((ctx) => ctx.exec(["touch", ${JSON.stringify(join(folder, id))}]).then(() => new Promise(() => {})))] }`;
  addProvider(home, "quick", "{ probes: [probe(async () => told(10))] }");
  addProvider(home, "slow", never("slow"));
  addProvider(home, "slower", never("slower"));
  // its program is looked for once
  await refresh(home, "quick");

  const output = await refresh(home, undefined, { timeout_seconds: 4 });

  // none waited for the other, who was given up at the end of the time
  const [slow = 0, slower = 0] = ["slow", "slower"].map((id) => statSync(join(folder, id)).mtimeMs);
  expect(Math.abs(slower - slow)).toBeLessThan(4_000);
  expect(output.partial).toBe(true);
  expect(rowOf(output, "codex-cli").status).toBe("unavailable");
  expect(rowOf(output, "quick").status).toBe("available");
  for (const id of ["slow", "slower"]) {
    expect(rowOf(output, id)).toMatchObject({ status: "unknown", age_seconds: null });
    expect(rowOf(output, id).warnings).toEqual(["it did not answer within 4 s"]);
  }
});

test("signed out, not installed, and nobody to ask are told apart", async () => {
  const home = await openHome();
  const out = `{ probes: [probe(() => { throw Object.assign(new Error("nobody is signed in"),
    { [Symbol.for("agentpool.error")]: true, code: "not_logged_in", hint: "mine login" }) })] }`;
  const binary = `binary: { ...fake.binary, candidates: ["no-such-program-at-all"] }`;
  addProvider(home, "signed-out", out);
  addProvider(home, "absent", "{ probes: [probe(async () => told(1))] }", binary);
  addProvider(home, "silent", "{ probes: [] }");

  expect(rowOf(await refresh(home, "signed-out"), "signed-out")).toMatchObject({
    status: "unauthenticated",
    warnings: ["asked: nobody is signed in (mine login)"],
  });
  expect(rowOf(await refresh(home, "absent"), "absent")).toMatchObject({ status: "unavailable" });
  expect(rowOf(await refresh(home, "silent"), "silent")).toMatchObject({ status: "unknown" });
  await expect(refresh(home, "nobody")).rejects.toMatchObject({ code: "provider_not_found" });
});

test("a credential a probe reads stands in no file of ours and in no answer", async () => {
  const user = tempFolder();
  const token = "tok_5f1c9b0e7a6d4c3b2a19";
  writeFileSync(join(user, "credentials"), token);
  const home = await openHome({ env: { HOME: user, FAKE_AGENT_HOME: user } });
  const request = `await ctx.request(url, { headers: { authorization: "Bearer " + token } })`;
  addProvider(
    home,
    "mine",
    `{ probes: [
      probe(async (ctx) => {
        const token = (await ctx.read(ctx.folder + "/credentials")).trim();
        const url = "https://elsewhere.example.invalid/quota";
        ${request};
      }),
      probe(async (ctx) => {
        const token = (await ctx.exec(["cat", ctx.folder + "/credentials"])).stdout.trim();
        const url = "https://named.example.invalid/quota";
        try { ${request}; } catch (error) {
          throw new Error("with " + token + ": " + error.why);
        }
      }, { id: "named", hosts: ["named.example.invalid"] }),
    ] }`,
  );

  const output = await refresh(home, "mine", { timeout_seconds: 60 });
  const [refused, failed] = rowOf(output, "mine").warnings;

  expect(refused).toContain("It is none of the hosts that may be asked");
  expect(failed).toMatch(/^named: with \S*redacted\S*: The connection failed: \w+\.$/i);
  expect(JSON.stringify(output)).not.toContain(token);
  await home.leave();
  const kept = readdirSync(home.home.root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  expect(kept.length).toBeGreaterThan(3);
  const holding = kept.filter((file) => readFileSync(file).includes(token));
  expect(holding).toEqual([]);
});

test("a program that speaks JSON-RPC is talked to, and ended with all it started", async () => {
  const home = await openHome();
  const folder = tempFolder();
  const pids = join(folder, "pids");
  writeFileSync(
    join(folder, "server.mjs"),
    `import { spawn } from "node:child_process";
     import { writeFileSync } from "node:fs";
     import { createInterface } from "node:readline";
     const child = spawn("sleep", ["600"], { stdio: "ignore" });
     writeFileSync(${JSON.stringify(pids)}, process.pid + " " + child.pid);
     console.log("not JSON");
     createInterface({ input: process.stdin }).on("line", (line) => {
       const { id, method } = JSON.parse(line);
       if (method === "used") console.log(JSON.stringify({ id, result: 40 }));
       if (method === "refused") console.log(JSON.stringify({ id, error: { message: "not that" } }));
     });`,
  );
  addProvider(
    home,
    "mine",
    `{ probes: [probe((ctx) => ctx.converse([${JSON.stringify(process.execPath)}, ${JSON.stringify(join(folder, "server.mjs"))}],
      async (rpc) => {
        rpc.notify("hello", {});
        const why = await rpc.call("refused", null, 5_000).catch((error) => error.message);
        const late = await rpc.call("nothing", null, 50).catch((error) => error.code);
        return { ...told(await rpc.call("used", null, 5_000)), plan: why + ", " + late };
      }))] }`,
  );

  const row = rowOf(await refresh(home, "mine"), "mine");

  expect(row).toMatchObject({ status: "available", plan: "not that, exec_failed" });
  for (const pid of readFileSync(pids, "utf8").split(" ").map(Number)) {
    await waitFor(() => isGone(pid), { what: `the end of ${pid}` });
  }
});

test("a screen is read in a pane of our own server that is closed again", async () => {
  const home = await openHome();
  const script = `printf 'ready\\n'; read word; printf 'used %s\\n' "$word"; read end`;
  addProvider(
    home,
    "mine",
    `{ probes: [probe((ctx) => ctx.watch(["/bin/sh", "-c", ${JSON.stringify(script)}], { env: { A: "1" } },
      async (pane) => {
        const until = async (pattern) => {
          for (;;) {
            const line = (await pane.screen()).find((one) => pattern.test(one));
            if (line) return line;
            await pane.pause(50);
          }
        };
        await until(/ready/);
        await pane.paste("73");
        await pane.press("Enter");
        return told(Number((await until(/used \\d+/)).replace(/\\D+/, "")));
      }), { costly: true })] }`,
  );

  const row = rowOf(await refresh(home, "mine", { costly: true }), "mine");

  expect(row.warnings).toEqual([]);
  expect(row.windows).toMatchObject([{ remaining_percent: 27 }]);
  const windows = execFileSync(
    "tmux",
    ["-S", home.home.tmuxSocket, "list-windows", "-a", "-F", "#W"],
    {
      encoding: "utf8",
    },
  );
  expect(windows).not.toContain("usage-");
});

test("helpers that are installed are asked by name, and in turn after our own", async () => {
  const tools = tempFolder();
  const program = (name: string, json: object): void =>
    writeFileSync(
      join(tools, name),
      `#!/bin/sh\necho "$@" >>${join(tools, "asked")}\ncat <<'END'\n${JSON.stringify(json)}\nEND\n`,
      { mode: 0o755 },
    );
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  program("codexbar", [
    {
      provider: "one",
      usage: {
        primary: { usedPercent: 20, windowMinutes: 300, resetsAt: soon },
        secondary: { usedPercent: 100, windowMinutes: 10_080, resetsAt: soon },
      },
      credits: { remaining: 4.5 },
    },
  ]);
  program("ccusage", { blocks: [{ isActive: true, totalTokens: 1_234, endTime: soon }] });
  const home = await openHome({ env: { PATH: `${tools}:${process.env["PATH"]}` } });
  const helpers = `helpers: { codexbar: "one", ccusage: true }`;
  addProvider(home, "mine", `{ probes: [probe(() => { throw new Error("no") })], ${helpers} }`);

  const combined = rowOf(await refresh(home, "mine", { backend: "combined" }), "mine");
  expect(combined).toMatchObject({
    status: "limit_reached",
    source: "codexbar",
    credits_remaining: 4.5,
    reset_at: soon,
    warnings: ["asked: no"],
  });
  expect(readFileSync(join(tools, "asked"), "utf8")).toBe(
    "usage --provider one --source cli --format json --json-only --no-color\n",
  );

  addProvider(home, "other", `{ probes: [], ${helpers} }`);
  const tokens = rowOf(await refresh(home, "other", { backend: "ccusage" }), "other");
  expect(tokens).toMatchObject({ status: "unknown", confidence: "observed", source: "ccusage" });
  expect(tokens.windows).toMatchObject([{ name: "tokens, 5h", used_units: 1_234 }]);
});

test("a helper that is not there is said to be missing", async () => {
  const home = await openHome({ env: { PATH: "/usr/bin:/bin" } });
  addProvider(home, "mine", `{ probes: [], helpers: { codexbar: "one" } }`);
  const row = rowOf(await refresh(home, "mine", { backend: "codexbar" }), "mine");
  expect(row.status).toBe("unknown");
  expect(row.warnings.join()).toMatch(/codexbar could not be started/);
});
