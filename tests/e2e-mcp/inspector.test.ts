// needs: tmux
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { agentpoolBin, ensureBuilt } from "../support/built.ts";
import { cliHome } from "../support/cli-home.ts";
import { cacheFolder } from "../support/real/agent.ts";
import { skipBecause } from "../support/skip.ts";
import { eras } from "../surface/mcp/support/host.ts";
import type { Answer } from "./support/hosts.ts";

beforeAll(ensureBuilt, 120_000);

const inspector = join(cacheFolder, "inspector", "node_modules", ".bin", "mcp-inspector");
const missing = existsSync(inspector)
  ? undefined
  : "the MCP Inspector is absent; scripts/test-real --install-only installs it";

describe("the MCP Inspector as a host", skipBecause(missing), () => {
  test.each(eras)(
    "does a whole job in the %s era, a new server process for every call",
    async (era) => {
      const { home, folder } = cliHome();
      const call = async (
        tool: string,
        args: Readonly<Record<string, string>> = {},
      ): Promise<Answer> => {
        const given = Object.entries(args).flatMap(([name, value]) => [
          "--tool-arg",
          `${name}=${value}`,
        ]);
        const server = ["-e", `AGENTPOOL_HOME=${home.root}`, process.execPath, agentpoolBin, "mcp"];
        const asks = ["--method", "tools/call", "--tool-name", tool, ...given];
        const how = ["--protocol-era", era, "--format", "json", "-q"];
        const { stdout } = await promisify(execFile)(
          process.execPath,
          [inspector, "--cli", ...server, ...asks, ...how],
          { cwd: folder, env: { PATH: process.env["PATH"], HOME: folder }, timeout: 100_000 },
        );
        const answer: Answer = JSON.parse(stdout);
        return answer.result.structuredContent;
      };

      const { session_id } = await call("spawn_worker", {
        provider_id: "fake-question",
        task: "Paint the button",
        repo_path: folder,
      });
      const asked = await call("observe_worker", {
        session_id,
        wait_for: "question",
        timeout_seconds: "24",
      });
      expect(asked.prompts[0].options[2].label).toBe("Blue");
      await call("answer_worker", { session_id, prompt_id: asked.prompts[0].id, option: "Blue" });
      const done = await call("wait_workers", { session_ids: session_id, timeout_seconds: "24" });
      expect(done.outcome).toBe("satisfied");
      const sent = await call("send_worker_message", { session_id, message: "!fake say Bye" });
      expect(sent.delivery.state).toBe("accepted");
      await call("wait_workers", { session_ids: session_id, timeout_seconds: "24" });
      const collected = await call("collect_worker_artifacts", { session_id, detail: "full" });
      expect(collected.worker_output.text).toMatch(/^BEGIN_\w+\nBye\nEND_\w+$/);
      expect((await call("terminate_worker", { session_id })).state).toBe("completed");
    },
    300_000,
  );
});
