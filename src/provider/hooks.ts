import { AgentpoolError } from "../domain/errors.ts";

/**
 * The shell command that an agent CLI runs for a hook event. It takes its standard input as one
 * file, written aside and renamed into the spool as `<event>.<pid>.<unique>.json`. It prints
 * nothing, exits 0 whatever happens, and does nothing at all once the spool is gone.
 *
 * With `replyWithinS` it then waits so long for one line in a pipe beside the file and prints it.
 * The pipe is there, and read, before the file appears, so an answer can be given at once. Only
 * the waiting shell itself holds the reading end: while it reads, what is written into the pipe
 * is printed; once it was killed, or its time is over, nothing can be written any more. Where
 * pipes cannot be made the file is dropped all the same and nobody can answer.
 * @param spool absolute path of the folder on the agent's machine
 * @throws invalid_config for an event name that would not fit into a file name
 */
export function hookCommand(
  spool: string,
  event: string,
  options: { readonly replyWithinS?: number } = {},
): string {
  if (!eventName.test(event)) {
    throw new AgentpoolError("invalid_config", `"${event}" is no name for a hook event`, {
      why: "It becomes part of a file name: letters, digits, dashes and underscores only.",
    });
  }
  const { replyWithinS } = options;
  const words =
    replyWithinS === undefined
      ? [drop, "hook", spool, event]
      : [dropAndWait, "hook", spool, event, String(Math.max(1, Math.ceil(replyWithinS)))];
  // the CLI may run it with any shell, fish among them; the script itself needs a POSIX one
  return `exec /bin/sh -c ${words.map(quote).join(" ")}`;
}

const eventName = /^[A-Za-z][A-Za-z0-9_-]{0,60}$/;

/**
 * One line without backslashes and single quotes, so that it passes through JSON, TOML and another
 * shell unharmed. A terminal as input means that nobody hands over a payload. mktemp's names stay
 * unique when pids come round again.
 */
const take = [
  `trap "exit 0" 0`,
  "umask 077",
  `PATH="/usr/bin:/bin:$PATH"`,
  `cd "$1" || exit`,
  "[ -t 0 ] && exit",
  `t=$(mktemp ".$2.$$.XXXXXXXX") || exit`,
  "n=${t#.}.json",
  `cat >"$t" || { rm -f "$t"; exit; }`,
];

const drop = ["exec >/dev/null 2>&1", ...take, `mv -f "$t" "$n"`].join("; ");

/** A killed hook leaves a `sleep` behind; it is gone after this time. */
const roundS = 60;

/**
 * Descriptors: 3 opens the pipe for both sides, so that no open blocks; 4 is the reading end, 5
 * the writing end. The clock is a bare `sleep` that holds the writing end: when it ends, `read`
 * meets the end of the pipe and the next round begins, with the reading end open all the time.
 * After the last one the name is removed first; who had opened the pipe before is heard by `cat`,
 * which ends when nobody can write any more. A milder signal than KILL is lost when it meets the
 * shell's child before that has become a `sleep`, which 3 of 200 did.
 */
const dropAndWait = [
  "exec 2>/dev/null",
  ...take,
  "p=$n.reply",
  `mkfifo "$p" || { mv -f "$t" "$n"; exit; }`,
  `leave() { kill -9 $s; rm -f "$p"; exit 0; }`,
  "s=",
  "trap leave 1 2 13 15",
  `exec 3<>"$p" 4<"$p" 5>"$p" 3>&-`,
  `mv -f "$t" "$n"`,
  "left=$3",
  "r=",
  "while [ $left -gt 0 ]",
  `do c=${roundS}`,
  "[ $left -lt $c ] && c=$left",
  "left=$((left - c))",
  "sleep $c 4<&- >&5 & s=$!",
  "exec 5>&-",
  "IFS= read -r r <&4 && break",
  `[ -n "$r" ] && break`,
  "s=",
  `exec 5>"$p"`,
  "done",
  `rm -f "$p"`,
  "kill -9 $s",
  "exec 5>&-",
  `[ -n "$r" ] && printf "%s" "$r" && echo`,
  "cat <&4",
].join("; ");

/** What a file name in the spool says. */
export interface SpoolName {
  readonly event: string;
  /** Of the shell that ran the hook. */
  readonly pid: number;
  readonly unique: string;
}

/** Reads a payload's file name; undefined for pipes, half-written files and anything else. */
export function parseSpoolName(name: string): SpoolName | undefined {
  const match = /^([A-Za-z][A-Za-z0-9_-]*)\.(\d+)\.([A-Za-z0-9]+)\.json$/.exec(name);
  if (!match) return undefined;
  return { event: match[1] ?? "", pid: Number(match[2]), unique: match[3] ?? "" };
}

/**
 * What must be written into the pipe so that the hook prints `reply`: one line with its end, since
 * the hook waits for that end. Line breaks in JSON stand between its values only, so a blank does
 * as well. An empty reply ends the hook's wait without an answer.
 */
export function replyLine(reply: string): string {
  return `${reply.trim().replaceAll(/[\r\n]+/g, " ")}\n`;
}

/** The pipe through which the hook that dropped this payload can be answered. */
export function replyPipe(payloadPath: string): string {
  return `${payloadPath}.reply`;
}

/** A word for any shell: nothing in single quotes has a meaning. */
function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
