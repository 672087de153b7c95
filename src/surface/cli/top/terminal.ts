import { writeOut } from "../io.ts";

/** The whole terminal, lent to a program that draws on it. */
export interface FullScreen {
  /** Shows these lines; only those that changed are written. */
  draw(lines: readonly string[]): void;
  /** Gives the terminal back for as long as the work takes. */
  lend<T>(work: () => Promise<T>): Promise<T>;
  /** Gives it back for good. */
  close(): void;
}

const enter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
const leave = "\x1b[?7h\x1b[?25h\x1b[?1049l";
/** Terminals that know these show the frame at once; others pass over them. */
const frame = { begin: "\x1b[?2026h", end: "\x1b[?2026l" } as const;

/** Takes the terminal; however the process ends short of SIGKILL, it is given back. */
export function openFullScreen(onInput: (text: string) => void): FullScreen {
  const { stdin } = process;
  let shown: readonly string[] = [];
  let isOurs = false;
  const hear = (chunk: Buffer): void => onInput(chunk.toString("utf8"));
  const take = (): void => {
    isOurs = true;
    shown = [];
    stdin.setRawMode(true);
    stdin.on("data", hear);
    stdin.resume();
    writeOut(enter);
  };
  const giveBack = (): void => {
    if (!isOurs) return;
    isOurs = false;
    stdin.off("data", hear);
    stdin.pause();
    stdin.setRawMode(false);
    writeOut(leave);
  };
  process.on("exit", giveBack);
  take();
  return {
    draw: (lines) => {
      if (!isOurs) return;
      // cleared first: behind a line as wide as the terminal that would take its last character
      const changed = lines.flatMap((line, i) =>
        shown[i] === line ? [] : [`\x1b[${i + 1};1H\x1b[K${line}\x1b[0m`],
      );
      const below = lines.length < shown.length ? [`\x1b[${lines.length + 1};1H\x1b[J`] : [];
      shown = lines;
      const text = [...changed, ...below].join("");
      if (text !== "") writeOut(frame.begin + text + frame.end);
    },
    lend: async (work) => {
      giveBack();
      try {
        return await work();
      } finally {
        take();
      }
    },
    close: () => {
      giveBack();
      process.off("exit", giveBack);
    },
  };
}
