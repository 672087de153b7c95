import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Style } from "../../../operations/define.ts";
import { table } from "../../../operations/table.ts";
import type { Home } from "../../../platform/home.ts";
import type { ProviderDefinition, UsageProbe } from "../../../provider/definition.ts";
import { Catalogue } from "../../../provider/discover.ts";
import { ccusageProbe, codexbarProbe } from "../../../session/usage/helpers.ts";

/** What agentpool keeps on this machine, measured and not claimed. */
export interface Privacy {
  /** Where agentpool itself connects to; agent CLIs talk to their vendors as they always do. */
  readonly network: readonly string[];
  /** What `agentpool usage --refresh` does, and nothing else ever; from the definitions. */
  readonly usage_probes: readonly ProbeFacts[];
  readonly open_to_others: boolean;
  readonly places: readonly Place[];
  /** Files with values of environment variables, one for each session that is live. */
  readonly environment_files: readonly string[];
}

interface ProbeFacts {
  readonly provider_id: string;
  readonly id: string;
  readonly does: string;
  readonly hosts: readonly string[];
  /** The flag without which it is not asked, besides --refresh. */
  readonly only_with: string | null;
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

export async function lookAtPrivacy(home: Home): Promise<Privacy> {
  const { providers } = await new Catalogue(home.providers).all();
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
    usage_probes: providers.flatMap(({ definition }) => probesOf(definition)),
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
  const probes = privacy.usage_probes.map((probe) => [
    probe.provider_id,
    probe.hosts.join(", ") || "-",
    probe.only_with ?? "",
    `${probe.id}: ${probe.does}`,
  ]);
  const count = privacy.environment_files.length;
  return [
    table(["WHAT", "MODE", "FILES", "PATH", "HOLDS"], rows, style),
    "",
    "agentpool itself connects to nothing, logs in nowhere and edits no CLI's configuration.",
    "Only agentpool usage --refresh asks, with a credential that is neither kept nor shown:",
    table(["PROVIDER", "HOSTS", "ONLY WITH", "WHAT IT DOES"], probes, style, { wrap: true }),
    `Environment values of live sessions are kept in ${count} file${count === 1 ? "" : "s"}.`,
  ].join("\n");
}

function probesOf({ id, usage }: ProviderDefinition): ProbeFacts[] {
  const fact = (only: string | null) => (probe: UsageProbe) => ({
    provider_id: id,
    id: probe.id,
    does: probe.does,
    hosts: probe.hosts,
    only_with: probe.costly === true ? "--costly" : only,
  });
  return [
    ...(usage?.probes ?? []).map(fact(null)),
    ...codexbarProbe(usage?.helpers).map(fact("--backend codexbar")),
    ...ccusageProbe(usage?.helpers).map(fact("--backend ccusage")),
  ];
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
