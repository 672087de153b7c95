import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { cacheFolder } from "../../support/real/agent.ts";
import { skipBecause } from "../../support/skip.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { buildChild, type BuiltChild } from "./support/built-child.ts";
import { eras } from "./support/host.ts";
import { startSupervisor } from "./support/supervisor.ts";

const run = promisify(execFile);

/** 110 MB, so it is no dependency. */
const inspector = join(cacheFolder, "inspector", "node_modules", ".bin", "mcp-inspector");
const missing = existsSync(inspector)
  ? undefined
  : "the MCP Inspector is absent; scripts/test-real --install-only installs it";

describe("the MCP Inspector", skipBecause(missing), () => {
  let child: BuiltChild;
  beforeAll(async () => {
    child = await buildChild();
  });

  async function inspect(socketPath: string, words: string): Promise<unknown> {
    const [command, args] = child.argv(socketPath);
    const { stdout } = await run(
      process.execPath,
      [inspector, "--cli", command, ...args, ...words.split(" "), "--format", "json", "-q"],
      // it writes into its user's home
      { env: { PATH: process.env["PATH"], HOME: tempFolder() }, timeout: 100_000 },
    );
    return JSON.parse(stdout);
  }

  test.each(eras)(
    "lists the tools in the %s era and finds no fault in their schemas",
    async (era) => {
      const listed = await inspect(
        "/nowhere/s.sock",
        `--protocol-era ${era} --method tools/list --strict`,
      );
      expect(JSON.stringify(listed)).toContain('"name":"observe_worker"');
    },
  );

  test.each(eras)("calls a tool in the %s era", async (era) => {
    const { socketPath, session } = await startSupervisor();
    const called = await inspect(
      socketPath,
      `--protocol-era ${era} --method tools/call --tool-name poll_worker ` +
        `--tool-arg session_id=${session.id}`,
    );
    expect(called).toMatchObject({
      result: { structuredContent: { session_id: session.id, state: "idle" } },
    });
  });

  test("reads a text for agents", async () => {
    const read = await inspect(
      "/nowhere/s.sock",
      "--method resources/read --uri agentpool://onboarding",
    );
    expect(JSON.stringify(read)).toContain("# agentpool 1.2.3: first steps");
  });
});
