import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Style } from "../../../operations/define.ts";
import { table } from "../../../operations/table.ts";
import type { Home } from "../../../platform/home.ts";

/** What agentpool keeps on this machine, measured and not claimed. */
export interface Privacy {
  /** Where agentpool itself connects to; agent CLIs talk to their vendors as they always do. */
  readonly network: readonly string[];
  readonly open_to_others: boolean;
  readonly places: readonly Place[];
  /** Files with values of environment variables, one for each session that is live. */
  readonly environment_files: readonly string[];
}

interface Place {
  readonly name: string;
  readonly path: string;
  /** Permission bits as `ls` counts them, null where there is nothing. */
  readonly mode: string | null;
  readonly files: number | null;
  readonly size_bytes: number | null;
  readonly holds: string;
}

export function lookAtPrivacy(home: Home): Privacy {
  const sessions = dirname(home.session("x").root);
  const places = [
    place("store", dirname(home.database), "tasks, turns, dialogs, events; secrets removed"),
    place(
      "sessions",
      sessions,
      "raw terminal logs of live sessions; files as they were at the start, until collected; artifacts, secrets removed",
    ),
    place("worktrees", home.worktrees, "what agents changed, as it is", { counted: false }),
    place("log", dirname(home.log), "what the supervisor did"),
    place("sockets", dirname(home.supervisorSocket), "for this user only"),
  ];
  const root = lookAt(home.root);
  return {
    network: [],
    open_to_others: root !== undefined && (root.mode & 0o077) !== 0,
    places,
    environment_files: namesIn(sessions)
      .map((id) => home.session(id).launch)
      .filter((file) => lookAt(file) !== undefined),
  };
}

export function renderPrivacy(privacy: Privacy, style: Style): string {
  const rows = privacy.places.map((one) => [
    one.name,
    one.mode ?? "-",
    one.files === null ? "-" : String(one.files),
    one.path,
    one.holds,
  ]);
  const count = privacy.environment_files.length;
  return [
    table(["WHAT", "MODE", "FILES", "PATH", "HOLDS"], rows, style),
    "",
    "agentpool itself connects to nothing, logs in nowhere and edits no CLI's configuration.",
    `Environment values of live sessions are kept in ${count} file${count === 1 ? "" : "s"}.`,
  ].join("\n");
}

function place(
  name: string,
  path: string,
  holds: string,
  { counted = true }: { readonly counted?: boolean } = {},
): Place {
  const facts = lookAt(path);
  const inside = facts && counted ? measure(path) : undefined;
  return {
    name,
    path,
    mode: facts ? (facts.mode & 0o777).toString(8).padStart(3, "0") : null,
    files: inside?.files ?? null,
    size_bytes: inside?.bytes ?? null,
    holds,
  };
}

function measure(folder: string): { readonly files: number; readonly bytes: number } {
  let files = 0;
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      const inside = measure(path);
      files += inside.files;
      bytes += inside.bytes;
    } else {
      files += 1;
      bytes += lookAt(path)?.size ?? 0;
    }
  }
  return { files, bytes };
}

function namesIn(folder: string): string[] {
  return lookAt(folder) ? readdirSync(folder) : [];
}

/** As big integers: see `isTerminal`; one of the places holds sockets. */
function lookAt(path: string): { readonly mode: number; readonly size: number } | undefined {
  const facts = statSync(path, { bigint: true, throwIfNoEntry: false });
  return facts && { mode: Number(facts.mode), size: Number(facts.size) };
}
