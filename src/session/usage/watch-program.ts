import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { AgentpoolError } from "../../domain/errors.ts";
import { pause } from "../../platform/clock.ts";
import { plainText } from "../../provider/ansi.ts";
import type { ProbePane } from "../../provider/definition.ts";
import type { TerminalHost } from "../../runtime/terminal.ts";

/** Whatever became of us, the program does not live longer. */
const livesAtMostS = 60;
const size = { cols: 120, rows: 50 };

/** The shell becomes the program; what it leaves behind ends that by and by. */
const bounded = `(sleep ${livesAtMostS}; kill $$) >/dev/null 2>&1 & exec "$@"`;

/** Runs a program in a pane of our own server for as long as `talk` takes, and closes the pane. */
export async function watchProgram<T>(
  { host }: { readonly host: TerminalHost },
  argv: readonly string[],
  options: {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
  },
  talk: (pane: ProbePane) => Promise<T>,
): Promise<T> {
  const { cwd, env, signal } = options;
  const id = `usage-${randomBytes(6).toString("hex")}`;
  await host.connect();
  const place = await host.open({
    sessionId: id,
    argv: ["/bin/sh", "-c", bounded, "usage", ...argv],
    cwd,
    env,
    ...size,
    logFolder: join(cwd, ".log"),
  });
  const going = (): void => {
    if (signal.aborted) throw new AgentpoolError("usage_unknown", "There was no more time for it");
  };
  try {
    return await talk({
      screen: async () => {
        going();
        const screen = await host.capture(place);
        if (screen) return screen.lines.map(plainText);
        throw new AgentpoolError("usage_unknown", `${argv[0] ?? ""} ended before it told anything`);
      },
      paste: async (text) => {
        going();
        await host.paste(place, text, { mark: { deliveryId: id, stage: "pasted" } });
      },
      press: async (...keys) => {
        going();
        await host.press(place, keys);
      },
      pause: (ms) => pause(ms, { signal, keepAlive: true }),
    });
  } finally {
    await host.close(place);
  }
}
