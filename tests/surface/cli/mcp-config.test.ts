import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { fillHost } from "../../../src/surface/cli/mcp-config/fill.ts";
import { findHost, type McpHost } from "../../../src/surface/cli/mcp-config/hosts.ts";
import { agentpoolBin, ensureBuilt } from "../../support/built.ts";
import { runCli } from "../../support/run-cli.ts";
import { tempFolder } from "../../support/temp-folder.ts";

beforeAll(ensureBuilt, 120_000);

const root = join(import.meta.dirname, "..", "..", "..");
const { hosts } = JSON.parse(
  readFileSync(join(root, "src/surface/cli/mcp-config/hosts.json"), "utf8"),
) as { hosts: readonly McpHost[] };

/** What the maintainers of each host document, with our command in it. */
const documented: Readonly<Record<string, object>> = {
  generic: { mcpServers: { agentpool: { command: "agentpool", args: ["mcp"] } } },
  "claude-code": {
    mcpServers: { agentpool: { type: "stdio", command: "agentpool", args: ["mcp"], env: {} } },
  },
  "claude-desktop": {
    mcpServers: { agentpool: { command: "agentpool", args: ["mcp"], env: {} } },
  },
  cursor: { mcpServers: { agentpool: { type: "stdio", command: "agentpool", args: ["mcp"] } } },
  vscode: { servers: { agentpool: { type: "stdio", command: "agentpool", args: ["mcp"] } } },
  codex: {
    mcp_servers: {
      agentpool: {
        command: "agentpool",
        args: ["mcp"],
        startup_timeout_sec: 10,
        tool_timeout_sec: 300,
      },
    },
  },
  "copilot-cli": {
    mcpServers: { agentpool: { type: "local", command: "agentpool", args: ["mcp"], tools: ["*"] } },
  },
  "gemini-cli": { mcpServers: { agentpool: { command: "agentpool", args: ["mcp"] } } },
  opencode: {
    mcp: {
      agentpool: { type: "local", command: ["agentpool", "mcp"], environment: {}, enabled: true },
    },
  },
  "droid-cli": {
    mcpServers: {
      agentpool: { type: "stdio", command: "agentpool", args: ["mcp"], disabled: false },
    },
  },
  devin: { mcpServers: { agentpool: { command: "agentpool", args: ["mcp"], env: {} } } },
  windsurf: { mcpServers: { agentpool: { command: "agentpool", args: ["mcp"], env: {} } } },
  zed: { context_servers: { agentpool: { command: "agentpool", args: ["mcp"], env: {} } } },
};

describe("the settings of a host", () => {
  test.each(hosts.map((host) => [host.id, host] as const))("of %s are its own", (id, host) => {
    const { config, text } = fillHost(host, ["agentpool", "mcp"]);
    expect(config).toEqual(documented[id]);
    expect(host.format === "json" ? JSON.parse(text) : config).toEqual(config);
    expect(text).not.toContain("$");
    expect(JSON.stringify(fillHost(host, ["/a b/node", "x", "mcp"]))).not.toContain("$");
  });

  test("in TOML are tables, texts and lists", () => {
    const { text } = fillHost(findHost(hosts, "codex"), ["/a b/node", "x.cjs", "mcp"]);
    expect(text.split("\n")).toEqual([
      "[mcp_servers.agentpool]",
      'command = "/a b/node"',
      'args = ["x.cjs","mcp"]',
      "startup_timeout_sec = 10",
      "tool_timeout_sec = 300",
    ]);
  });

  test("as a link carry the command", () => {
    const cursor = new URL(fillHost(findHost(hosts, "cursor"), ["agentpool", "mcp"]).link ?? "");
    const carried = Buffer.from(cursor.searchParams.get("config") ?? "", "base64").toString();
    expect(JSON.parse(carried)).toEqual({ command: "agentpool", args: ["mcp"] });
    const code = fillHost(findHost(hosts, "vscode"), ["agentpool", "mcp"]).link ?? "";
    expect(JSON.parse(decodeURIComponent(code.split("?")[1] ?? ""))).toEqual({
      name: "agentpool",
      command: "agentpool",
      args: ["mcp"],
    });
  });

  test("are the examples in this repository", () => {
    for (const [id, file] of [
      ["claude-code", ".mcp.json.example"],
      ["cursor", ".cursor/mcp.json.example"],
    ] as const) {
      const { config } = fillHost(findHost(hosts, id), ["agentpool", "mcp"]);
      expect(parseYaml(readFileSync(join(root, file), "utf8")), file).toEqual(config);
    }
  });
});

function setUp() {
  const folder = tempFolder();
  const home = join(folder, "home");
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const env = { HOME: folder, PATH: `${bin}:${dirname(process.execPath)}:/usr/bin:/bin` };
  const run = (...words: string[]) =>
    runCli(["mcp-config", ...words, "--json"], { home, cwd: folder, env });
  return { folder, bin, run };
}

describe("agentpool mcp-config", () => {
  test("gives config, place, commands and what to do; a command by path starts a server", async () => {
    const { folder, run } = setUp();
    const { status, stdout } = await run("--client", "claude", "--absolute-command");
    const told = JSON.parse(stdout);
    expect(status).toBe(0);
    expect(told).toMatchObject({
      client: "claude-code",
      ok: true,
      path: join(folder, ".mcp.json"),
      format: "json",
      install: { kind: "command", instructions: [expect.any(String)] },
    });
    const { command, args } = told.config.mcpServers.agentpool;
    expect([command, ...args]).toEqual([process.execPath, agentpoolBin, "mcp"]);
    expect(told.commands[0]).toMatch(/^claude mcp add agentpool --scope user -- \S+ \S+ mcp$/);
  });

  test("knows which hosts it knows", async () => {
    const { run } = setUp();
    const { status, stderr } = await run("--client", "cursr");
    expect(status).toBe(2);
    expect(JSON.parse(stderr).error).toMatchObject({
      code: "invalid_input",
      hint: "agentpool mcp-config --client cursor",
      details: { supported_clients: hosts.map(({ id }) => id) },
    });
  });

  test("tells a host by the host's own command, and passes on what it says against it", async () => {
    const { folder, bin, run } = setUp();
    const absent = await run("--client", "droid-cli", "--install");
    expect(JSON.parse(absent.stderr).error.code).toBe("exec_failed");
    const program = join(bin, "droid");
    writeFileSync(program, `#!/bin/sh\necho "$@" > ${folder}/told\n`);
    chmodSync(program, 0o755);
    const { status } = await run("--client", "droid-cli", "--install");
    expect(status).toBe(0);
    expect(readFileSync(join(folder, "told"), "utf8")).toBe("mcp add agentpool -- agentpool mcp\n");
    writeFileSync(program, "#!/bin/sh\necho it exists already >&2; exit 3\n");
    const refused = await run("--client", "droid-cli", "--install");
    expect(JSON.parse(refused.stderr).error).toMatchObject({
      code: "exec_failed",
      why: "it exists already",
    });
  });

  test("makes a file that is missing, and never writes over one of the user's", async () => {
    const { folder, run } = setUp();
    const file = join(folder, ".cursor", "mcp.json");
    const made = await run("--client", "cursor", "--install");
    expect(JSON.parse(made.stdout).installed.by).toBe("file");
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(documented["cursor"]);
    const again = await run("--client", "cursor", "--install");
    expect(JSON.parse(again.stdout).installed.by).toBe("nothing");

    const own = '{\n  // mine\n  "mcpServers": {}\n}\n';
    writeFileSync(file, own);
    const kept = await run("--client", "cursor", "--install");
    expect(JSON.parse(kept.stderr).error).toMatchObject({
      code: "conflict",
      details: { path: file, config: documented["cursor"] },
    });
    expect(readFileSync(file, "utf8")).toBe(own);
    expect(existsSync(join(folder, ".mcp.json"))).toBe(false);
  });
});
