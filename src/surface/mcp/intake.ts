import type { Readable, Writable } from "node:stream";

/** So much of what a host was answered may wait for it to be read. */
const fullBytes = 1024 * 1024;

/** What a host sends, handed on for as long as it reads what it is answered. */
export interface Intake {
  /** Takes a line, now or once there is room, in the order they come. */
  line(text: string): void;
  /** Nothing more will come; told after the last line. */
  end(): void;
  /** Whether answers pile up. */
  readonly isFull: () => boolean;
}

/**
 * A host that asks and never reads would have all its answers kept here. So nothing more is read
 * of it while answers pile up, and it goes on where it was once they are gone.
 */
export function createIntake(
  { stdin, stdout }: { readonly stdin: Readable; readonly stdout: Writable },
  handlers: {
    readonly line: (text: string) => void;
    readonly end: () => void;
    /** There is room again. */
    readonly drained: () => void;
  },
): Intake {
  /** Lines of the chunk that was read last. */
  const held: string[] = [];
  let hasEnded = false;
  let isOver = false;

  const isFull = (): boolean => stdout.writableLength > fullBytes;

  function goOn(): void {
    while (!isFull()) {
      const text = held.shift();
      if (text === undefined) break;
      handlers.line(text);
    }
    if (held.length > 0 || isFull()) stdin.pause();
    else if (!hasEnded) stdin.resume();
    else if (!isOver) {
      isOver = true;
      handlers.end();
    }
  }

  stdout.on("drain", () => {
    handlers.drained();
    goOn();
  });
  return {
    isFull,
    line(text) {
      held.push(text);
      goOn();
    },
    end() {
      hasEnded = true;
      if (held.length === 0 && !isOver) {
        isOver = true;
        handlers.end();
      }
    },
  };
}
