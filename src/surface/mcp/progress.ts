import type { Progress } from "../../rpc/wire.ts";

export interface ProgressReport {
  /** Seconds the call may wait; told to the host as the total. */
  expect(seconds: number): void;
  /** Passes on what the operation says about itself. */
  tell(progress: Progress): void;
  stop(): void;
}

interface ProgressNotification {
  readonly method: "notifications/progress";
  readonly params: {
    readonly progressToken: string | number;
    readonly progress: number;
    readonly total?: number;
    readonly message?: string;
  };
}

/** Hosts that extend their own limit when they hear of progress do so for 10 s or more. */
const beatMs = 5_000;

/**
 * Tells a host that asked for it how a call goes: at once when the operation says something, else
 * by a beat. The number is the seconds since the call began, since it has to grow each time.
 */
export function reportProgress(
  progressToken: string | number,
  notify: (notification: ProgressNotification) => Promise<void>,
): ProgressReport {
  const startedAt = performance.now();
  let total: number | undefined;
  let last = -1;
  const send = (message?: string): void => {
    const seconds = Math.max(last + 0.001, (performance.now() - startedAt) / 1000);
    last = Number(seconds.toFixed(3));
    const params = {
      progressToken,
      progress: last,
      ...(total === undefined ? {} : { total }),
      ...(message === undefined ? {} : { message }),
    };
    // the host is gone, and the end of its input tells so
    notify({ method: "notifications/progress", params }).catch(() => undefined);
  };
  const timer = setInterval(send, beatMs);
  return {
    expect: (seconds) => {
      total = seconds;
      send();
    },
    tell: ({ message, done, total }) =>
      send(done === null ? message : `${message} (${done}${total === null ? "" : ` of ${total}`})`),
    stop: () => clearInterval(timer),
  };
}
