import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { createRpcClient } from "../../src/rpc/client.ts";
import { ensureBuilt, repository } from "../support/built.ts";
import { cliHome } from "../support/cli-home.ts";

beforeAll(ensureBuilt, 120_000);

const { version } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
  version: string;
};
const withinMs = 250;

test("waits for a lease, an approval and a task end within 250 ms of the time they were asked for", async () => {
  const home = cliHome();
  await home.wake();
  const client = createRpcClient({ socketPath: home.home.supervisorSocket, version });
  const ask = async (name: string, input: object): Promise<Record<string, unknown>> =>
    (await client.call(name, { input: { ...input } })) as Record<string, unknown>;
  await ask("lease.acquire", { files: ["a.txt"], agent: "first" });
  const { approval } = await ask("approval.request", { subject: "Push", agent: "first" });
  const { task } = await ask("task.add", { title: "Do it" });
  const { id: approval_id } = approval as { id: string };
  const { id: task_id } = task as { id: string };
  const waits: readonly (readonly [string, object])[] = [
    ["lease.acquire", { files: ["a.txt"], agent: "second" }],
    ["approval.wait", { approval_id }],
    ["task.wait", { task_ids: [task_id] }],
    ["task.claim", { agent: "third", tags: ["rare"] }],
    ["message.check", { agent: "fourth" }],
  ];
  await ask("agent.register", { name: "fourth" });

  const worst: Record<string, number> = {};
  for (const seconds of [0.3, 0.5, 1, 2, 4]) {
    for (const [name, input] of waits) {
      const startedAt = performance.now();
      await ask(name, { ...input, timeout_seconds: seconds }).catch(() => undefined);
      const off = Math.round(performance.now() - startedAt - seconds * 1_000);
      worst[name] = Math.max(worst[name] ?? 0, Math.abs(off));
    }
  }

  process.stdout.write(`${JSON.stringify(worst)}\n`);
  for (const off of Object.values(worst)) expect(off).toBeLessThan(withinMs);
}, 120_000);
