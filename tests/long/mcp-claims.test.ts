import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { openStore } from "../../src/store/open.ts";
import { agentpoolBin, ensureBuilt } from "../support/built.ts";
import { cliHome, type CliHome } from "../support/cli-home.ts";
import { makeTask } from "../support/records.ts";
import { cliEnvironment } from "../support/run-cli.ts";

beforeAll(ensureBuilt, 120_000);

const clients = 8;
const tasks = 200;
const day = 86_400_000;

interface Given {
  readonly task: { readonly id: string; readonly claim: { readonly token: number } } | null;
}

type Call = <T>(tool: string, args: object) => Promise<T>;

/** A host with a tool server of its own. */
async function connect({ home, folder }: CliHome): Promise<Call> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [agentpoolBin, "mcp", "--toolsets", "worker,lead"],
    cwd: folder,
    env: cliEnvironment({ home: home.root, env: {} }) as Record<string, string>,
    stderr: "ignore",
  });
  const client = new Client({ name: "host", version: "1" }, { capabilities: {} });
  await client.connect(transport);
  onTestFinished(() => client.close());
  return async <T>(name: string, args: object) => {
    const result = await client.callTool({ name, arguments: { ...args } });
    expect(result.isError, JSON.stringify(result.structuredContent)).toBeFalsy();
    return result.structuredContent as T;
  };
}

test("8 hosts with tool servers of their own claim 200 tasks, of which some are 30 days old: each once, in order", async () => {
  const home = cliHome();
  await home.wake();
  await home.run(["supervisor", "stop"]);
  // half of them wait since last month
  const now = Date.now();
  const added = Array.from({ length: tasks }, (_, n) =>
    makeTask({
      id: `tk_${String(n).padStart(4, "0")}`,
      priority: n % 5,
      createdAt: n % 2 === 0 ? now : now - 30 * day - n,
    }),
  );
  const store = await openStore({ file: home.home.database, mode: "write", now });
  await store.commit({
    guards: [],
    writes: added.map((insert) => ({ noun: "task", insert })),
    events: [],
  });
  await store.close();
  const hosts = await Promise.all(Array.from({ length: clients }, () => connect(home)));

  const given: { readonly id: string; readonly token: number }[] = [];
  await Promise.all(
    hosts.map(async (call, n) => {
      const agent = `host${n}`;
      for (;;) {
        const { task } = await call<Given>("claim_task", { agent });
        if (task === null) return;
        given.push({ id: task.id, token: task.claim.token });
        await call("complete_task", { task_id: task.id, token: task.claim.token, agent });
      }
    }),
  );

  const order = added.toSorted(
    (a, b) => b.priority - a.priority || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1),
  );
  expect(given.toSorted((a, b) => a.token - b.token).map(({ id }) => id)).toEqual(
    order.map(({ id }) => id),
  );
}, 240_000);
