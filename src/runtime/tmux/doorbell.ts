import { readExit, type Exit } from "./exit.ts";
import { quote } from "./quote.ts";

/** The death of a pane, as a hook of tmux told it. */
export interface Ring {
  readonly pane: string;
  /** Not known yet where tmux has not collected the process. */
  readonly exit: Exit;
}

/**
 * The command of a hook that types news of a death into the keeper's pane. tmux sends no
 * notification of what hooks see, but a pane's output reaches the control client at once.
 */
export function ringCommand(keeper: string): string {
  const text = "died #{hook_pane} s#{pane_dead_status} g#{pane_dead_signal};";
  return `run-shell -C ${quote(`send-keys -t ${keeper} -l '${text}'`)}`;
}

export interface Doorbell {
  /** Takes what the keeper's pane gave back, cut anywhere. */
  push(bytes: Buffer): readonly Ring[];
}

const longestRing = 200;

export function createDoorbell(): Doorbell {
  let heard = "";
  return {
    push(bytes) {
      heard += bytes.toString("latin1");
      const rings: Ring[] = [];
      let end = 0;
      for (const match of heard.matchAll(/died (%\d+) (s\d*) (g\d*);/g)) {
        end = match.index + match[0].length;
        rings.push({ pane: match[1] ?? "", exit: readExit(match[2] ?? "", match[3] ?? "") });
      }
      heard = heard.slice(end).slice(-longestRing);
      return rings;
    },
  };
}
