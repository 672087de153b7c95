/** How things stand with an agent that does not do what a test waits for, told as text. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homeFrom, type Home } from "../../../src/platform/home.ts";
import { agentpoolBin } from "../built.ts";
import type { MockModel } from "../mock-model/server.ts";

interface Place {
  readonly homes: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly mock: MockModel;
}

/** What is told of each session is bounded, so that a failure stays readable. */
const charactersOfOne = 8_000;
const logLines = 60;

/**
 * Sessions, why they are in their states, their last screens and the supervisor's log, of every
 * home that is there; then what the model was asked. What cannot be told says so.
 */
export async function situation({ homes, cwd, env, mock }: Place): Promise<string> {
  const told: string[] = [];
  for (const root of new Set(homes)) {
    if (!existsSync(root)) continue;
    told.push(`home ${root}:`, ...(await ofHome(root, { cwd, env })));
  }
  const asked = mock.journal.entries.map(({ at, method, path, did, status, outcome }) =>
    [new Date(at).toISOString(), method, path, did, status, outcome].join(" "),
  );
  return [...told, "model:", ...asked].join("\n");
}

async function ofHome(
  root: string,
  { cwd, env }: Pick<Place, "cwd" | "env">,
): Promise<readonly string[]> {
  const home = homeFrom({ ...env, AGENTPOOL_HOME: root });
  const ask = (...args: readonly string[]): Promise<string> =>
    output([process.execPath, agentpoolBin, ...args], {
      cwd,
      env: { ...env, AGENTPOOL_HOME: root },
    });
  const told = [await ask("sessions")];
  for (const id of idsIn(await ask("sessions", "--json"))) {
    for (const one of [await ask("session", "show", id), await ask("explain", id)]) {
      told.push(one.slice(0, charactersOfOne));
    }
  }
  return [...told, ...(await screens(home)), `supervisor log:\n${lastLines(home.log)}`];
}

async function screens({ tmuxSocket }: Home): Promise<readonly string[]> {
  const tmux = (...args: readonly string[]): Promise<string> =>
    output(["tmux", "-S", tmuxSocket, ...args]);
  const panes = await tmux("list-panes", "-a", "-F", "#{pane_id}");
  return Promise.all(
    (panes.match(/^%\d+$/gm) ?? []).map(async (pane) => {
      const shown = (await tmux("capture-pane", "-p", "-t", pane)).trimEnd();
      return `pane ${pane}:\n${shown === "" ? "(nothing)" : shown.slice(0, charactersOfOne)}`;
    }),
  );
}

/** What a program prints, its complaints included; it may itself be what hangs. */
function output(
  [program = "", ...args]: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args, { ...options, timeout: 5_000 }, (failed, stdout, stderr) => {
      resolve(`${stdout}${stderr}${failed?.killed === true ? "(it did not answer)" : ""}`);
    });
  });
}

function idsIn(json: string): readonly string[] {
  return [...json.matchAll(/^ {6}"id": "(\w+)"/gm)].flatMap(([, id]) => id ?? []);
}

function lastLines(file: string): string {
  if (!existsSync(file)) return "(none)";
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-logLines).join("\n");
}
