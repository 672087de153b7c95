// needs: tmux, git
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { agentpoolBin, ensureBuilt } from "../../support/built.ts";
import { cacheFolder } from "../../support/real/agent.ts";
import { cliEnvironment } from "../../support/run-cli.ts";
import { skipBecause } from "../../support/skip.ts";
import { tempFolder } from "../../support/temp-folder.ts";

beforeAll(ensureBuilt, 120_000);

const { nodes } = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../support/real/agents.json"), "utf8"),
) as { readonly nodes: Readonly<Record<string, { readonly version: string }>> };

describe.each(Object.entries(nodes))("%s", (name, { version }) => {
  const bin = join(cacheFolder, name, "node_modules", ".bin");
  const missing = existsSync(join(bin, "node"))
    ? undefined
    : `Node ${version} is absent; scripts/test-real --install-only installs it`;

  test("the same build plays the main job", skipBecause(missing), async () => {
    const temp = tempFolder();
    const run = (...args: readonly string[]) =>
      promisify(execFile)(join(bin, "node"), [agentpoolBin, ...args], {
        timeout: 100_000,
        env: cliEnvironment({
          home: join(temp, "home"),
          env: { TMPDIR: temp, PATH: `${bin}:${process.env["PATH"] ?? ""}` },
        }),
      });

    const { checks } = JSON.parse((await run("doctor", "--deep", "--json")).stdout) as {
      checks: { name: string; message: string }[];
    };
    expect(checks).toContainEqual(expect.objectContaining({ name: "node", message: version }));
    const { stdout, stderr } = await run("try");
    expect(stdout).toContain("The greeting is friendlier now");
    expect(stderr).not.toContain("Warning");
  });
});
