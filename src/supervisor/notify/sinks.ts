import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { Machine } from "../../runtime/machine.ts";

/** Nobody waits for a notification, and none may pile up behind a program that hangs. */
const withinMs = 5_000;

export interface SinkParts {
  readonly machine: Pick<Machine, "exec">;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch?: typeof fetch;
}

/** A message of the desktop. False where no program for that is there. */
export async function notifyDesktop(
  { machine, env }: SinkParts,
  headline: string,
  body: string,
): Promise<boolean> {
  const bus = env["XDG_RUNTIME_DIR"];
  const own = Object.fromEntries(
    Object.entries(env).filter((one): one is [string, string] => one[1] !== undefined),
  );
  const programEnv = {
    ...(bus ? { DBUS_SESSION_BUS_ADDRESS: `unix:path=${bus}/bus` } : {}),
    ...own,
  };
  const script = "on run {b, t}\ndisplay notification b with title t\nend run";
  const programs =
    process.platform === "darwin"
      ? [["osascript", "-e", script, body, headline]]
      : [["notify-send", "--app-name=agentpool", "--", headline, body]];
  for (const argv of programs) {
    const ran = await machine
      .exec(argv, { timeoutMs: withinMs, env: programEnv })
      .catch(() => undefined);
    if (ran?.exitCode === 0) return true;
  }
  return false;
}

/** Terminals of the person's own tmux, which is not ours. */
async function clients({ machine }: SinkParts): Promise<{ name: string; tty: string }[]> {
  const ran = await machine
    .exec(["tmux", "list-clients", "-F", "#{client_name}\t#{client_tty}"], {
      timeoutMs: withinMs,
    })
    .catch(() => undefined);
  if (ran?.exitCode !== 0) return [];
  return ran.stdout
    .split("\n")
    .map((line) => line.split("\t"))
    .flatMap(([name = "", tty = ""]) => (name === "" ? [] : [{ name, tty }]));
}

/** A line at the bottom of each terminal of the person's own tmux. */
export async function notifyTmux(parts: SinkParts, headline: string): Promise<boolean> {
  const found = await clients(parts);
  // tmux would run what stands in #( ), and read % as a time
  const text = headline.replaceAll("#", "##").replaceAll("%", "%%");
  for (const { name } of found) {
    await parts.machine
      .exec(["tmux", "display-message", "-c", name, "-d", "5000", text], { timeoutMs: withinMs })
      .catch(() => undefined);
  }
  return found.length > 0;
}

/** Rings, or shows by OSC 9, in the terminals around the person's own tmux. */
export async function writeToTerminals(parts: SinkParts, bytes: string): Promise<boolean> {
  let written = false;
  for (const { tty } of await clients(parts)) {
    if (!tty.startsWith("/dev/")) continue;
    try {
      // a terminal that is stopped takes nothing, and must not keep us
      const file = await open(tty, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
      try {
        await file.write(bytes);
        written = true;
      } finally {
        await file.close();
      }
    } catch {
      // it was closed meanwhile, or is another user's
    }
  }
  return written;
}

/**
 * Posts JSON. Redirects are not followed, and what is answered is not read.
 * @throws with the host alone: the address may hold a secret
 */
export async function postWebhook(
  parts: SinkParts,
  address: string,
  body: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { host } = new URL(address);
  let status: number;
  try {
    const response = await (parts.fetch ?? fetch)(address, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.timeout(withinMs),
    });
    ({ status } = response);
    await response.body?.cancel();
  } catch (thrown) {
    const name = thrown instanceof Error ? thrown.name : "Error";
    // oxlint-disable-next-line preserve-caught-error -- the cause may name the whole address
    throw new Error(`${host} was not reached (${name})`);
  }
  if (status >= 300) throw new Error(`${host} answered ${status}`);
}
