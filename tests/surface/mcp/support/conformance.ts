import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { McpServerFactory } from "@modelcontextprotocol/server";
import { cacheFolder } from "../../../support/real/agent.ts";
import { serveOverHttp } from "./http-entry.ts";

/** It needs a newer Node than ours may be, and knows servers by their address only. */
const node22 = join(cacheFolder, "n22", "node_modules", ".bin", "node");
const suite = join(cacheFolder, "conformance", "node_modules", ".bin", "conformance");
export const conformanceMissing = [node22, suite].every((file) => existsSync(file))
  ? undefined
  : "the conformance suite is absent; scripts/test-real --install-only installs it";

/** Scenarios that are expected to fail, by the reason. */
export type Expected = Readonly<Record<string, readonly string[]>>;

export const withoutSession =
  "needs a session over HTTP, where the server can ask; ours speaks stdio, where it can";
export const notOffered = "logging and sampling are deprecated by the protocol and not offered";

/**
 * Runs what a revision requires against a server. A scenario that fails unexpectedly fails the run,
 * and so does one that passes although it was expected to fail.
 */
export async function runConformance(
  factory: McpServerFactory,
  revision: string,
  expected: Expected,
): Promise<{ readonly passed: boolean; readonly said: string }> {
  const { url, close } = await serveOverHttp(factory);
  // tests run at once here, so it is removed by the run and not by the test
  const folder = mkdtempSync(join(tmpdir(), "ap-conformance-"));
  const file = join(folder, "expected.yaml");
  const lines = Object.values(expected).flatMap((names) => names.map((name) => `  - ${name}\n`));
  writeFileSync(file, `server:\n${lines.join("")}`);
  const args = ["server", "--url", url, "--requirements", revision, "--expected-failures", file];
  const env = { PATH: process.env["PATH"], HOME: folder, NO_COLOR: "1" };
  const options = { cwd: folder, env, timeout: 100_000 };
  try {
    return await new Promise((resolve) => {
      execFile(node22, [suite, ...args], options, (error, stdout, stderr) => {
        const said = `${stdout}\n${stderr}`;
        resolve({
          passed: error === null && said.includes("SUMMARY"),
          said: said.slice(said.indexOf("SUMMARY")),
        });
      });
    });
  } finally {
    await close();
    rmSync(folder, { recursive: true, force: true });
  }
}
