// needs: tmux, git
/** What an agent may ask of agentpool from within its own process. */
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { agentpoolBin, ensureBuilt } from "../support/built.ts";
import { cliHome, type CliHome } from "../support/cli-home.ts";
import { makeRepo } from "../support/git-repo.ts";
import { toolsOf } from "../../src/domain/toolset.ts";
import { waitFor } from "../support/wait.ts";

beforeAll(ensureBuilt, 120_000);

interface Told {
  readonly tool: string;
  readonly ok: boolean;
  readonly result: { readonly error?: { readonly code: string } } & Record<string, unknown>;
}

const mcp = (tool: string, args: object = {}): string =>
  `!fake mcp ${tool} ${JSON.stringify(args)}`;

async function startWorker(
  home: CliHome,
  name: string,
  lines: readonly string[],
  flags: readonly string[] = ["--toolset", "worker", "--isolation", "shared"],
) {
  const cwd = makeRepo(join(home.folder, `repo-${name}`), { "README.md": "# Shop\n" });
  const words = ["spawn", "-p", "fake", "--name", name, "--repo", cwd, "--task", lines.join("\n")];
  await home.run([...words, "--provider-option", "allow_run=on", ...flags]);
  await home.run(["observe", name, "--wait-for", "turn", "--timeout", "60s"]);
  const shown = ["session", "show", name];
  const { session } = await home.json<{ session: { id: string; workspace_mode: string } }>(shown);
  return { id: session.id, session, cwd };
}

/** What the tools told the agent, in order. */
function toldBy(home: CliHome, id: string): readonly Told[] {
  const record = join(home.home.session(id).agent, "record.jsonl");
  return readFileSync(record, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Told & { fact: string })
    .filter(({ fact }) => fact === "tool");
}

async function eventsOf(home: CliHome, id: string, type: string): Promise<readonly object[]> {
  const { events } = await home.json<{ events: { type: string }[] }>(["events", id]);
  return events.filter((event) => event.type === type);
}

function tokenFile(home: CliHome, id: string): string {
  const names = readdirSync(home.home.tokens).filter((name) => name.startsWith(`${id}.`));
  expect(names).toHaveLength(1);
  return join(home.home.tokens, names[0] ?? "");
}

/** A process of nobody in particular that carries a token file. */
const carrying = (path: string) => ({ env: { AGENTPOOL_SESSION_TOKEN_FILE: path } });

test("an agent takes and gives back leases by its own tools, as itself and as nobody else", async () => {
  const home = cliHome();
  const { id } = await startWorker(home, "w", [
    mcp("list_leases"),
    mcp("acquire_lease", { files: ["a.txt"] }),
    mcp("acquire_lease", { files: ["b.txt"], agent: "rex" }),
    mcp("renew_lease", { lease_id: "{{acquire_lease.lease.id}}" }),
    "!fake run agentpool leases acquire c.txt",
    "!fake run agentpool terminate @last",
  ]);

  expect(toldBy(home, id)).toMatchObject([
    { tool: "list_leases", ok: true },
    { tool: "acquire_lease", ok: true },
    { tool: "acquire_lease", ok: false, result: { error: { code: "policy_blocked" } } },
    { tool: "renew_lease", ok: true },
  ]);
  const { leases } = await home.json<{ leases: object[] }>(["leases", "list"]);
  const holder = `session:${id}`;
  expect(leases).toMatchObject([
    { holder, file_path: "c.txt" },
    { holder, file_path: "a.txt" },
  ]);
  expect(await eventsOf(home, id, "tool_refused")).toMatchObject([
    { operation: "lease.acquire", code: "policy_blocked", toolset: "worker" },
    { operation: "session.terminate", code: "tool_refused", toolset: "worker" },
  ]);
});

test("an agent starts nobody with an option that lets it do more unasked than the agent may give", async () => {
  const home = cliHome();
  const out = join(home.folder, "refused.json");
  const cli = `AGENTPOOL_HOME=${home.home.root} ${process.execPath} ${agentpoolBin}`;
  const spawn = ["spawn", "-p", "fake", "--isolation", "worktree", "--task", "x"];
  const widened = [...spawn, "--provider-option", "allow_run=on"];
  await startWorker(
    home,
    "w",
    [
      `!fake run ${cli} ${widened.join(" ")} --json 2> ${out}`,
      `!fake run ${cli} ${spawn.join(" ")} --name child`,
    ],
    ["--isolation", "shared"],
  );

  expect(JSON.parse(readFileSync(out, "utf8"))).toMatchObject({
    error: { code: "policy_blocked", details: { provider_option: "allow_run=on" } },
  });
  const { sessions } = await home.json<{ sessions: { name: string | null }[] }>(["sessions", "-a"]);
  expect(new Set(sessions.map(({ name }) => name))).toEqual(new Set(["child", "w"]));
  await home.run([...widened, "--repo", join(home.folder, "repo-w")]);
}, 60_000);

test("a token makes a call its session's, until the session goes on with another or is over", async () => {
  const home = cliHome();
  const { id } = await startWorker(home, "w", ["!fake say hello"]);
  const path = tokenFile(home, id);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const token = readFileSync(path, "utf8").trim();
  for (const file of readdirSync(join(home.home.root, "state"))) {
    const bytes = readFileSync(join(home.home.root, "state", file), "latin1");
    expect(bytes.includes(token)).toBe(false);
  }

  await home.run(["leases", "acquire", "x.txt"], carrying(path));
  await home.run(["sessions"], { ...carrying(path), status: 6 });
  const { leases } = await home.json<{ leases: object[] }>(["leases", "list"]);
  expect(leases).toMatchObject([{ holder: `session:${id}`, file_path: "x.txt" }]);

  // whatever a host asks for, and though nothing but the token says who asks
  const offered = (word: string) =>
    toolsOffered(home, { ...carrying(path).env, AGENTPOOL_SESSION_TOOLSET: word });
  const own = await offered("worker");
  expect(own).toEqual(expect.arrayContaining([...toolsOf.worker]));
  expect(own).not.toContain("spawn_worker");
  for (const word of ["", "boss"]) expect(await offered(word)).toEqual(own);

  const forged = join(home.home.tokens, "forged");
  writeFileSync(forged, `${id}.${"x".repeat(43)}`);
  expect(await codeOf(home, forged)).toBe("session_token_forged");
  const refused = await home.run(["mcp"], { ...carrying(forged), input: "", status: 6 });
  expect(refused.stderr).toContain("session_token_forged");
  // somebody who keeps what stood in the file
  const kept = join(home.home.tokens, "kept");
  writeFileSync(kept, token);

  await home.run(["terminate", "w"]);
  expect(await codeOf(home, kept, 5)).toBe("session_ended");
  await waitFor(() => !existsSync(path), { what: "the end of the token's file" });
  expect(await codeOf(home, path)).toBe("session_token_stale");

  await home.run(["resume", "w"]);
  expect(await codeOf(home, kept)).toBe("session_token_stale");
  const next = tokenFile(home, id);
  expect(next).not.toBe(path);
  await home.run(["leases", "acquire", "y.txt"], carrying(next));
  const { session } = await home.json<{ session: object }>(["session", "show", "w"]);
  expect(session).toMatchObject({ toolset: "worker" });
});

/** What `agentpool mcp` answers a host that asks one thing. */
async function askedByHost<T>(
  home: CliHome,
  env: Readonly<Record<string, string>>,
  request: { readonly method: string; readonly params?: object },
): Promise<T | undefined> {
  const clientInfo = { name: "host", version: "1" };
  const hello = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo };
  const input = [
    { id: 1, method: "initialize", params: hello },
    { method: "notifications/initialized" },
    { id: 2, ...request },
  ]
    .map((message) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`)
    .join("");
  const words = ["mcp", "--toolsets", "default,sessions,runs"];
  const { stdout } = await home.run(words, { env, input });
  const replies = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: number; result: T });
  return replies.find((reply) => reply.id === 2)?.result;
}

/** Names of the tools that `agentpool mcp` lists to a host. */
async function toolsOffered(home: CliHome, env: Readonly<Record<string, string>>) {
  const request = { method: "tools/list" };
  const result = await askedByHost<{ tools: { name: string }[] }>(home, env, request);
  return (result?.tools ?? []).map(({ name }) => name).toSorted();
}

async function codeOf(home: CliHome, path: string, status = 6): Promise<string> {
  const args = ["leases", "list", "--json"];
  const { stderr } = await home.run(args, { ...carrying(path), status });
  return (JSON.parse(stderr) as { error: { code: string } }).error.code;
}

test("a token of another home says nothing, so that an agent can drive an agentpool of its own", async () => {
  const home = cliHome();
  const path = join(home.folder, "elsewhere", "run", "tokens", "ap_1.x");
  const { status } = await home.run(["sessions"], carrying(path));
  expect(status).toBe(0);
});

test("an agent brings nobody back with wider rights, be it in a shell or by a tool", async () => {
  const home = cliHome();
  const wide = await startWorker(home, "wide", ["!fake say hi"], ["--isolation", "shared"]);
  await home.run(["terminate", "wide"]);
  const cli = `AGENTPOOL_HOME=${home.home.root} ${process.execPath} ${agentpoolBin}`;
  const told = join(home.folder, "told.json");
  const { id } = await startWorker(
    home,
    "x",
    [`!fake run ${cli} resume wide --task more --json 2> ${told}`],
    ["--isolation", "worktree"],
  );
  const refused = { code: "policy_blocked", details: { policy: "allow_shared_from_agents" } };
  expect(JSON.parse(readFileSync(told, "utf8"))).toMatchObject({ error: refused });

  const env = carrying(tokenFile(home, id)).env;
  const call = (name: string, args: object) =>
    askedByHost<{ isError: boolean; structuredContent: object }>(home, env, {
      method: "tools/call",
      params: { name, arguments: args },
    });
  expect(await call("resume_worker", { session_id: "wide" })).toMatchObject({
    isError: true,
    structuredContent: { error: refused },
  });
  const { session } = await home.json<{ session: object }>(["session", "show", wide.id]);
  expect(session).toMatchObject({ state: "completed" });
  await home.run(["resume", "wide"]);
}, 60_000);

test("what a session with a toolset may not call, it may not follow either", async () => {
  const home = cliHome();
  const { id } = await startWorker(home, "w", ["!fake say hello"]);
  const token = readFileSync(tokenFile(home, id), "utf8").trim();
  const ask = (path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const asking = request(
        {
          socketPath: home.home.supervisorSocket,
          path,
          headers: { authorization: `Bearer ${token}` },
        },
        (answer) => {
          resolve(answer.statusCode ?? 0);
          asking.destroy();
        },
      );
      asking.on("error", reject).end();
    });
  expect(await ask("/v1/events?after=0")).toBe(403);
  expect(await ask("/v1/output")).toBe(403);
  expect(await ask(`/v1/events?after=0&session=${id}`)).toBe(200);
});

test("a lead only reads, starts workers of its own, and ends nobody else's", async () => {
  const home = cliHome();
  await startWorker(home, "others", ["!fake say mine"], []);
  const task = { provider_id: "fake", task: "!fake say hi", name: "helper" };
  const { id, session, cwd } = await startWorker(
    home,
    "boss",
    [
      "!fake edit mine.txt I did it myself",
      mcp("spawn_agent", { ...task, repo_path: join(home.folder, "repo-others") }),
      mcp("shutdown_agent", { session_id: "others" }),
      mcp("shutdown_agent", { session_id: "helper" }),
    ],
    ["--toolset", "lead"],
  );

  expect(session.workspace_mode).toBe("read_only");
  expect(existsSync(join(cwd, "mine.txt"))).toBe(false);
  expect(toldBy(home, id)).toMatchObject([
    { tool: "spawn_agent", ok: true },
    { tool: "shutdown_agent", ok: false, result: { error: { code: "other_run" } } },
    { tool: "shutdown_agent", ok: true },
  ]);
  const helper = await home.json<{ session: object }>(["session", "show", "helper"]);
  expect(helper.session).toMatchObject({ author: `session:${id}`, toolset: "worker" });
  expect(await eventsOf(home, id, "tool_refused")).toMatchObject([
    { operation: "session.terminate", code: "other_run", toolset: "lead" },
  ]);
  const line = ["spawn", "-p", "fake", "--task", "hi", "--toolset", "lead"];
  await home.run([...line, "--isolation", "shared"], { status: 2 });
});
