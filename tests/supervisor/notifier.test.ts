import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { EventBody } from "../../src/domain/event.ts";
import { mergeConfig } from "../../src/platform/config/config.ts";
import type { ConfigKey } from "../../src/platform/config/keys.ts";
import { notifyPeople } from "../../src/supervisor/notify/notifier.ts";
import { makePrompt } from "../support/records.ts";
import { makeSession } from "../support/session.ts";
import { appDouble } from "../support/app-double.ts";
import { waitFor } from "../support/wait.ts";

const id = "ap_000000000001";
const asked: EventBody = {
  type: "prompt_opened",
  prompt_id: "pr_1",
  kind: "approval",
  text: "Run rm?",
  source: "hook",
};

function people(settings: Partial<Record<ConfigKey, unknown>>, exits: number | null = 0) {
  const { app, memory } = appDouble();
  memory.sessions.push(makeSession({ id, name: "rex", state: "awaiting_approval" }));
  const ran: (readonly string[])[] = [];
  const logged: string[] = [];
  const config = mergeConfig({});
  const stop = notifyPeople({
    parts: {
      store: app.store,
      log: (_level, message, facts) => void logged.push(`${message} ${JSON.stringify(facts)}`),
      now: () => 0,
      machine: {
        exec: async (argv: readonly string[]) => {
          ran.push(argv);
          const stdout = argv[1] === "list-clients" ? "/dev/pts/none\t/dev/no-such-tty\n" : "";
          return { exitCode: exits, signal: null, stdout, stderr: "", truncated: false };
        },
      } as never,
      config: async () => ({
        ...config,
        get: ((key: ConfigKey) => settings[key] ?? config.get(key)) as typeof config.get,
      }),
    },
    workers: { get: () => undefined },
    env: {},
    settleMs: 1,
  });
  onTestFinished(stop);
  const open = (): void => {
    memory.prompts.push(makePrompt({ id: "pr_1", sessionId: id, kind: "approval", state: "open" }));
    memory.commit({ session: id, body: asked });
  };
  return { memory, ran, logged, open };
}

async function webhook(status = 200) {
  const bodies: Record<string, unknown>[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      bodies.push(JSON.parse(text) as Record<string, unknown>);
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { bodies, address: `http://127.0.0.1:${port}/secret-path` };
}

test("a dialog is told by every way that is on, once, with none of the worker's words in a terminal", async () => {
  const { bodies, address } = await webhook();
  const { ran, memory, open } = people({
    "notifications.desktop": true,
    "notifications.tmux": true,
    "notifications.webhook": address,
  });

  open();
  memory.commit({
    session: id,
    body: { type: "prompt_left_to_person", prompt_id: "pr_1", because: "" },
  });

  await waitFor(() => bodies.length === 1 && ran.some(([name]) => name !== "tmux"));
  expect(bodies[0]).toMatchObject({
    text: "agentpool: rex asks (approval)",
    reason: "needs_input",
    session_id: id,
    prompt: { id: "pr_1", kind: "approval" },
  });
  expect(JSON.stringify(bodies)).not.toContain("Run rm");
  const line = ran.find((argv) => argv[1] === "display-message");
  expect(line?.at(-1)).toBe("agentpool: rex asks (approval)");
  expect(ran.filter((argv) => argv[1] === "display-message")).toHaveLength(1);
});

test("nothing is told when nothing is on, or the dialog is answered by then", async () => {
  const off = people({});
  off.open();
  const { bodies, address } = await webhook();
  const on = people({ "notifications.webhook": address });
  on.memory.commit({ session: id, body: asked });
  // the next one shows that the one before was passed over
  on.memory.commit({
    session: id,
    body: { type: "limit_hit", resets_at: null, message: "", source: "hook" },
  });

  await waitFor(() => bodies.length === 1);
  expect(bodies[0]).toMatchObject({ reason: "limited", prompt: null });
  expect(off.ran).toEqual([]);
});

test("a webhook that refuses is logged by its host alone", async () => {
  const { address } = await webhook(500);
  const { logged, open } = people({ "notifications.webhook": address });
  open();

  await waitFor(() => logged.length === 1);
  expect(logged[0]).toContain("127.0.0.1");
  expect(logged[0]).toContain("answered 500");
  expect(logged[0]).not.toContain("secret-path");
});
