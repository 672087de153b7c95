import { literalInTimeFormat, quote } from "./quote.ts";

export interface LogLimits {
  /** A file that reached this size is followed by the next. */
  readonly fileBytes: number;
  /** Older files are removed. */
  readonly files: number;
}

/**
 * 8 MiB hold a long working day of a chatty TUI, and eight of them bound a session at about
 * 64 MiB; one file can be read at once where a turn is replayed.
 */
export const logLimits: LogLimits = { fileBytes: 8 * 1024 * 1024, files: 8 };

/**
 * Reads between two looks at the size, which cost a fork each. tmux hands on at most 16 KiB a
 * read, so that a file exceeds its limit by at most 4 MiB.
 */
const readsPerLook = 256;

/**
 * The argument of pipe-pane that writes what a pane wrote to `terminal.<n>.log` in `folder`, for
 * POSIX sh of any system, independent of us. dd writes each short read at once and never reads
 * more than it writes, unlike head, so that nothing is lost where one dd follows another. Numbers
 * go on after those already there. A dd that added nothing has met the end of the pane; one that
 * failed (disk full) ends the writer, which tmux shows as `pane_pipe` 0.
 */
export function logWriter(folder: string, limits: LogLimits = logLimits): string {
  const script = [
    "umask 077",
    `cd ${quoteForShell(folder)} || exit 1`,
    "n=1",
    "for f in terminal.*.log; do",
    "i=${f#terminal.}; i=${i%.log}",
    'case $i in ""|*[!0-9]*) continue;; esac',
    '[ "$i" -ge "$n" ] && n=$((i+1))',
    "done",
    "while :; do",
    "f=terminal.$n.log; was=0",
    "while :; do",
    `dd bs=16384 count=${readsPerLook} 2>/dev/null >>"$f" || exit 1`,
    'size=$(($(wc -c <"$f")))',
    'if [ "$size" -eq "$was" ]; then [ "$size" -gt 0 ] || rm -f "$f"; exit 0; fi',
    `was=$size; [ "$size" -lt ${limits.fileBytes} ] || break`,
    "done",
    `rm -f "terminal.$((n-${limits.files - 1})).log"`,
    "n=$((n+1))",
    "done",
  ].join("\n");
  return quote(literalInTimeFormat(script));
}

function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
