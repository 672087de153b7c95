// needs: tmux
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { cliEnvironment } from "./run-cli.ts";
import { tempFolder } from "./temp-folder.ts";

export interface Terminal {
  /** Runs a line of the shell in it, and says `status <n>` after its end. */
  readonly run: (line: string, env: Readonly<Record<string, string>>) => void;
  readonly screen: () => string;
  /** The same with its colours. */
  readonly coloured: () => string;
  /** Keys by tmux's names for them. */
  readonly type: (...keys: readonly string[]) => void;
  readonly resize: (size: { readonly columns: number; readonly rows: number }) => void;
}

/** A terminal to run commands in: a pane of a tmux of this test's own. */
export function terminal(size: { readonly columns: number; readonly rows: number }): Terminal {
  const socket = join(tempFolder(), "t");
  const tmux = (...args: readonly string[]): string =>
    spawnSync("tmux", ["-S", socket, "-f", "/dev/null", ...args], {
      encoding: "utf8",
      env: cliEnvironment({ home: "/nowhere", env: { TERM: "xterm-256color" } }),
    }).stdout;
  onTestFinished(() => void tmux("kill-server"));
  const sized = ({ columns, rows }: typeof size): string[] =>
    ["-x", columns, "-y", rows].map(String);
  return {
    run: (line, env) => {
      const given = Object.entries(env).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
      const command = `${line}; echo "status $?"; exec cat`;
      tmux("new-session", "-d", ...sized(size), ...given, command);
    },
    screen: () => tmux("capture-pane", "-p"),
    coloured: () => tmux("capture-pane", "-p", "-e"),
    type: (...keys) => void tmux("send-keys", ...keys),
    resize: (to) => void tmux("resize-window", ...sized(to)),
  };
}
