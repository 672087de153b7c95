import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fillHost } from "../mcp-config/fill.ts";
import { findHost, readHosts } from "../mcp-config/hosts.ts";
import { installInto } from "../mcp-config/install.ts";
import { print } from "../output.ts";
import type { Shell } from "../shell.ts";

interface Wanted {
  readonly client: string;
  readonly absoluteCommand: boolean;
  readonly install: boolean;
  readonly dryRun: boolean;
}

/** Says how an MCP host is told of this server, or tells it. */
export async function mcpConfig(shell: Shell, wanted: Wanted): Promise<number> {
  const hosts = readHosts(shell.dist);
  const host = findHost(hosts, wanted.client);
  const filled = fillHost(host, serverCommand(shell, wanted.absoluteCommand));
  const path = placeOf(host.file, shell);
  const installed = wanted.install
    ? await installInto(host, filled, {
        path,
        cwd: shell.cwd,
        env: definedOnly(shell.env),
        dryRun: wanted.dryRun,
      })
    : null;
  const verify = (host.verify ? [host.verify] : []).map(line);
  const output = {
    client: host.id,
    name: host.name,
    ok: true,
    path,
    format: host.format,
    config: filled.config,
    text: filled.text,
    commands: filled.install ? [line(filled.install)] : [],
    verify,
    install: {
      client: host.id,
      kind: filled.install ? "command" : filled.link ? "deeplink" : "file",
      commands: filled.install ? [line(filled.install)] : [],
      deeplink: filled.link,
      instructions: host.steps,
    },
    /** The version of the host this was tried with. */
    seen: host.seen,
    installed,
    supported_clients: hosts.map(({ id }) => id),
  };
  print(shell, output, () => {
    const { style } = shell;
    if (installed) return `${host.name}: ${installed.did}`;
    return [
      style.bold(`${host.name}${path === null ? "" : `, ${path}`}`),
      filled.text,
      ...(filled.install ? ["", style.bold("Or:"), `  ${line(filled.install)}`] : []),
      ...(filled.link ? ["", style.bold("Or open:"), `  ${filled.link}`] : []),
      ...(verify.length > 0 ? ["", style.bold("See it:"), ...verify.map((one) => `  ${one}`)] : []),
      "",
      ...host.steps.map((one) => style.dim(one)),
    ].join("\n");
  });
  return 0;
}

function serverCommand({ dist }: Shell, absolute: boolean): readonly [string, ...string[]] {
  if (!absolute) return ["agentpool", "mcp"];
  return [process.execPath, join(dist, "..", "bin", "agentpool.cjs"), "mcp"];
}

function placeOf(file: string | null, { cwd, env }: Shell): string | null {
  if (file === null) return null;
  if (file.startsWith("~/")) return join(env["HOME"] || homedir(), file.slice(2));
  return resolve(cwd, file);
}

/** As it is typed in a shell. */
function line(argv: readonly string[]): string {
  return argv
    .map((word) => (/^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(" ");
}

function definedOnly(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).filter((one): one is [string, string] => one[1] !== undefined),
  );
}
