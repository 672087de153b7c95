import { constants } from "node:os";

/** How a pane's process ended; both are null while it lives, and while tmux does not know. */
export interface Exit {
  readonly exitCode: number | null;
  readonly exitSignal: string | null;
}

export function hasExit(exit: Exit): boolean {
  return exit.exitCode !== null || exit.exitSignal !== null;
}

/** `s7` and `g` for exit code 7, `s` and `g9` for a kill, `s` and `g` while not known. */
export function readExit(status: string, signal: string): Exit {
  return {
    exitCode: status.length > 1 ? Number(status.slice(1)) : null,
    exitSignal: signal.length > 1 ? signalName(Number(signal.slice(1))) : null,
  };
}

function signalName(number: number): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found?.[0] ?? `signal ${number}`;
}
