import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { testWays } from "../../src/operations/notification/test-ways.ts";
import { mergeConfig } from "../../src/platform/config/config.ts";
import type { ConfigKey } from "../../src/platform/config/keys.ts";
import { notificationService } from "../../src/supervisor/notify/try-ways.ts";

/** A machine on which tmux has these clients, and no desktop takes anything. */
function service(settings: Partial<Record<ConfigKey, unknown>>, clients: string) {
  const config = mergeConfig({});
  const get = (key: ConfigKey): unknown => (key in settings ? settings[key] : config.get(key));
  const ran: (readonly string[])[] = [];
  const notifications = notificationService({
    parts: {
      now: () => 0,
      config: async () => ({ ...config, get: get as typeof config.get }),
      machine: {
        exec: async (argv: readonly string[]) => {
          ran.push(argv);
          const exitCode = argv[0] === "tmux" ? 0 : 127;
          return { exitCode, signal: null, stdout: clients, stderr: "", truncated: false };
        },
      } as never,
    },
    env: {},
  });
  return {
    ran,
    tryWays: (...args: Parameters<typeof notifications.test>) => notifications.test(...args),
  };
}

async function webhook(status: number): Promise<{ address: string; bodies: string[] }> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    request.on("data", (chunk: Buffer) => bodies.push(chunk.toString()));
    request.on("end", () => response.writeHead(status).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { bodies, address: `http://127.0.0.1:${port}/secret-path` };
}

test("each way that is on is tried and says what took it, or why nothing did", async () => {
  const { address, bodies } = await webhook(200);
  const { ran, tryWays } = service(
    {
      "notifications.tmux": true,
      "notifications.desktop": true,
      "notifications.webhook": address,
    },
    "/dev/pts/none\t/dev/no-such-tty\n",
  );

  expect(await tryWays(null)).toEqual([
    {
      way: "tmux",
      on: true,
      tried: true,
      delivered: true,
      because: "shown at the bottom of your tmux",
    },
    { way: "bell", on: false, tried: false, delivered: false, because: "off" },
    {
      way: "desktop",
      on: true,
      tried: true,
      delivered: false,
      because: "no desktop took it, and no terminal shows a tmux of yours",
    },
    {
      way: "webhook",
      on: true,
      tried: true,
      delivered: true,
      because: `${new URL(address).host} took it`,
    },
  ]);
  expect(JSON.parse(bodies.join(""))).toMatchObject({ reason: "test" });
  expect(ran.some((argv) => argv.includes("agentpool: this is a test"))).toBe(true);
});

test("a way that is off is tried by its name, and no address appears in what is said", async () => {
  const { address } = await webhook(500);
  const refused = service({ "notifications.webhook": address }, "");
  const [tmux, , , hook] = await refused.tryWays(["tmux", "webhook"]);

  expect(tmux).toMatchObject({ on: false, tried: true, delivered: false });
  expect(hook).toMatchObject({ delivered: false });
  expect(hook?.because).toMatch(/^127\.0\.0\.1:\d+ answered 500$/);
  const [, , , none] = await service({}, "").tryWays(["webhook"]);
  expect(none?.because).toBe("notifications.webhook names no address");
});

test("the exit status tells all, some and none apart", () => {
  const way = (delivered: boolean) => ({ delivered }) as never;
  const statusOf = testWays.cli?.exitCode as ((output: object) => number) | undefined;
  const status = (ok: boolean, ...ways: readonly never[]) => statusOf?.({ ok, ways });

  expect(status(true, way(true))).toBe(0);
  expect(status(false, way(true), way(false))).toBe(7);
  expect(status(false, way(false))).toBe(1);
});
