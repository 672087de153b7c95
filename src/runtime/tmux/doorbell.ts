import { quote } from "./quote.ts";

/**
 * The command of a hook that rings: it types one character into the keeper's pane. tmux sends no
 * notification of what hooks see, but a pane's output reaches the control client at once. Who
 * died is asked then: `run-shell -C`, which could type the pane's id, drops a fifth of the rings
 * when many panes die at once (tmux 3.3a).
 */
export function ringCommand(keeper: string): string {
  return `send-keys -t ${keeper} -l ${quote("!")}`;
}

/** Whether what the keeper's pane gave back holds a ring. */
export function isRing(bytes: Buffer): boolean {
  return bytes.includes("!");
}
