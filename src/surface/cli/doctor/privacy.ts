import { lstatSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Style } from "../../../operations/define.ts";
import { table } from "../../../operations/table.ts";
import { configReader } from "../../../platform/config/reader.ts";
import type { Home } from "../../../platform/home.ts";
import { redact } from "../../../platform/redact.ts";
import { tokenKinds } from "../../../platform/redaction/tokens.ts";
import type { ProviderDefinition, UsageProbe } from "../../../provider/definition.ts";
import { Catalogue } from "../../../provider/discover.ts";
import { agentEnvironment } from "../../../provider/environment.ts";
import { birthEnvironment } from "../../../supervisor/environment.ts";
import { ccusageProbe, codexbarProbe } from "../../../session/usage/helpers.ts";

/** What agentpool keeps on this machine, measured and not claimed. */
export interface Privacy {
  /**
   * Hosts that are asked without anybody asking for it: those of the probes, where the settings let
   * usage be refreshed by itself. Agent CLIs talk to their vendors as they always do.
   */
  readonly network: readonly string[];
  /** What asking for usage does, and nothing else ever; from the definitions. */
  readonly usage_probes: readonly ProbeFacts[];
  /** Names of this shell's environment, by who would be given their values. */
  readonly environment: EnvironmentFacts;
  /** Kinds of secrets that are taken out of what is kept, as the redaction itself names them. */
  readonly redacted: readonly string[];
  readonly open_to_others: boolean;
  readonly places: readonly Place[];
  /** Files with values of environment variables, one for each session that is live. */
  readonly environment_files: readonly string[];
}

interface EnvironmentFacts {
  /** To the supervisor and to tmux. */
  readonly supervisor: readonly string[];
  /** To every agent. */
  readonly agents: readonly string[];
  /** Besides, to the agents of one provider: all names its definition declares. */
  readonly providers: Readonly<Record<string, readonly string[]>>;
  /** How many stay out. */
  readonly withheld: number;
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

export async function lookAtPrivacy(
  home: Home,
  env: Readonly<Record<string, string>>,
  folder: string,
): Promise<Privacy> {
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
    place("preferences", home.preferences, "the user's words on whom to ask for what"),
    place("config", home.config, "settings"),
  ];
  const probes = providers.flatMap(({ definition }) => probesOf(definition));
  const root = lookAt(home.root);
  return {
    network: await askedByThemselves(home, env, { folder, probes }),
    usage_probes: probes,
    environment: environmentFacts(
      env,
      providers.map(({ definition }) => definition),
    ),
    redacted: redactedKinds(),
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
  const others = "What asking for usage does; its credential is neither kept nor shown:";
  const { environment, network, redacted } = privacy;
  return [
    table(["WHAT", "MODE", "FILES", "PATH", "HOLDS"], rows, style),
    "",
    network.length === 0
      ? "By itself agentpool connects to nothing; agentpool usage --refresh does."
      : `By your settings agentpool connects by itself to ${network.join(", ")}.`,
    others,
    table(["PROVIDER", "HOSTS", "ONLY WITH", "WHAT IT DOES"], probes, style, { wrap: true }),
    `Of this shell's environment an agent gets ${environment.agents.length} names (${environment.agents.join(", ")}) and what its provider declares; ${environment.withheld} stay out.`,
    `Taken out of what is kept: ${redacted.join(", ")}; values of secret variables, too.`,
    `Environment values of live sessions are kept in ${count} file${count === 1 ? "" : "s"}.`,
  ].join("\n");
}

/** Hosts that the settings let agentpool speak to without being asked each time. */
async function askedByThemselves(
  home: Home,
  env: Readonly<Record<string, string>>,
  { folder, probes }: { readonly folder: string; readonly probes: readonly ProbeFacts[] },
): Promise<string[]> {
  const config = await configReader({ home, env })(folder).catch(() => undefined);
  // settings that cannot be read let nothing start; doctor tells of them elsewhere
  if (!config) return [];
  const refreshes = config.get("policy.usage_auto_refresh_after_seconds") !== null;
  const asked = probes.flatMap(({ only_with: only, hosts }) => (only === null ? hosts : []));
  const webhook = config.get("notifications.webhook");
  const told = webhook === null ? [] : [new URL(webhook).host];
  return [...new Set([...(refreshes ? asked : []), ...told])];
}

function environmentFacts(
  env: Readonly<Record<string, string>>,
  definitions: readonly ProviderDefinition[],
): EnvironmentFacts {
  const agents = Object.keys(agentEnvironment(env, { declared: [], named: [] }).values).toSorted();
  return {
    supervisor: Object.keys(birthEnvironment(env)).toSorted(),
    agents,
    providers: Object.fromEntries(definitions.map(({ id, env: names }) => [id, names])),
    withheld: Object.keys(env).length - agents.length,
  };
}

/** One text of each kind that has no shape of its own; what is found in it is what is found anywhere. */
const samples: readonly string[] = [
  "Authorization: Bearer a1b2c3d4e5f6a7b8c9d0",
  "postgres://user:sEcret12word@host/db",
  "password = sEcret12word34",
  "API_KEY=a1b2c3d4e5f6a7b8c9d0",
  "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----",
];

function redactedKinds(): string[] {
  const found = samples.flatMap((sample) =>
    [...redact(sample).matchAll(/\[REDACTED:([a-z_]+)\]/g)].map(([, kind = ""]) => kind),
  );
  return [...new Set([...tokenKinds, ...found])].toSorted();
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

function measure(path: string): { readonly files: number; readonly bytes: number } {
  if (!isFolder(path)) return { files: 1, bytes: lookAt(path)?.size ?? 0 };
  const inside = readdirSync(path).map((name) => measure(join(path, name)));
  return {
    files: inside.reduce((sum, { files }) => sum + files, 0),
    bytes: inside.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Links are counted and not followed. */
function isFolder(path: string): boolean {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false })?.isDirectory() === true;
}

function namesIn(folder: string): string[] {
  return lookAt(folder) ? readdirSync(folder) : [];
}

/** As big integers: see `isTerminal`; one of the places holds sockets. */
function lookAt(path: string): { readonly mode: number; readonly size: number } | undefined {
  const facts = statSync(path, { bigint: true, throwIfNoEntry: false });
  return facts && { mode: Number(facts.mode), size: Number(facts.size) };
}
