import { exec } from "../../platform/exec.ts";
import type { ProcessIdentity, ProcessMarker } from "../machine.ts";

const timeoutMs = 5_000;
const columns = "pid=,ppid=,stat=,lstart=,comm=";

/** One process, from `ps`, for systems without /proc; undefined when there is none or a zombie. */
export async function oneFromPs(pid: number): Promise<ProcessIdentity | undefined> {
  return parseProcessStatus(await ps(["-o", columns, "-p", String(pid)]))[0];
}

export async function allFromPs(): Promise<readonly ProcessIdentity[]> {
  return parseProcessStatus(await ps(["-axo", columns]));
}

/** Pids of the processes started with this variable, as far as the system shows it to us. */
export async function carriersFromPs(marker: ProcessMarker): Promise<ReadonlySet<number>> {
  return parseCarriers(await ps(["-axEww", "-o", "pid=,command="]), marker);
}

/** Reads the columns pid, parent, state, start (five words in the C locale) and command. */
export function parseProcessStatus(text: string): readonly ProcessIdentity[] {
  const found: ProcessIdentity[] = [];
  for (const line of text.split("\n")) {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+(?:\s+\S+){4})\s+(.+?)\s*$/.exec(line);
    if (!match || match[3]?.startsWith("Z")) continue;
    found.push({
      pid: Number(match[1]),
      parentPid: Number(match[2]),
      startToken: (match[4] ?? "").replaceAll(/\s+/g, " "),
      name: (match[5] ?? "").replace(/^.*\//, ""),
    });
  }
  return found;
}

/** Reads `ps -axEww`: the command line and then the environment, all separated by blanks. */
export function parseCarriers(text: string, marker: ProcessMarker): ReadonlySet<number> {
  const wanted = ` ${marker.name}=${marker.value} `;
  const pids = new Set<number>();
  for (const line of text.split("\n")) {
    if (!`${line} `.includes(wanted)) continue;
    pids.add(Number.parseInt(line, 10));
  }
  return pids;
}

/** What those that were started with this variable were given, by pid. */
export async function valuesFromPs(name: string): Promise<ReadonlyMap<number, string>> {
  return parseValues(await ps(["-axEww", "-o", "pid=,command="]), name);
}

/** Of `ps -axEww` as `parseCarriers` reads it; a value ends at the first blank. */
export function parseValues(text: string, name: string): ReadonlyMap<number, string> {
  const values = new Map<number, string>();
  for (const line of text.split("\n")) {
    const [, rest] = line.split(` ${name}=`);
    if (rest !== undefined) values.set(Number.parseInt(line, 10), rest.split(" ")[0] ?? "");
  }
  return values;
}

async function ps(args: readonly string[]): Promise<string> {
  const env = { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C" };
  // ps ends with 1 when there is no such process
  return (await exec(["ps", ...args], { timeoutMs, env })).stdout;
}
