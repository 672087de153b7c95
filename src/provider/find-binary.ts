import { isAbsolute, join } from "node:path/posix";
import { AgentpoolError } from "../domain/errors.ts";
import type { ProviderDefinition } from "./definition.ts";
import { findMatch } from "./pattern.ts";
import { BinaryCache, type BinaryMachine } from "./binary-cache.ts";

export type { BinaryMachine } from "./binary-cache.ts";

export interface FoundBinary {
  /** Absolute path as it was found; a link is not followed, so that it survives an update. */
  readonly path: string;
  /** Null only for a program the user named himself that does not tell its version. */
  readonly version: string | null;
}

export interface BinarySearch {
  readonly found: FoundBinary | null;
  /** Programs of the right name that were not taken. */
  readonly rejected: readonly { readonly path: string; readonly why: string }[];
}

type Wanted = Pick<ProviderDefinition, "id" | "binary">;
type Environment = Readonly<Record<string, string | undefined>>;

/** Where users install programs without telling the PATH of whatever started us. */
const usualFolders = [
  "~/.local/bin",
  "~/bin",
  "/opt/homebrew/bin",
  "/usr/local/bin",
  "/usr/bin",
  "/bin",
];

/**
 * Finds the programs of agent CLIs on one machine. A version, once asked for, is remembered by
 * path, time and size of the file, also across processes.
 */
export class BinaryFinder {
  readonly #machine: BinaryMachine;
  readonly #cache: BinaryCache;

  /** @param cacheFile made with mode 0600; may be absent or damaged */
  constructor(machine: BinaryMachine, cacheFile: string, now?: () => number) {
    this.#machine = machine;
    this.#cache = new BinaryCache(machine, cacheFile, now);
  }

  /**
   * Looks on the PATH of the asking command, then in the usual folders. What does not answer like
   * the program of this provider is passed over. `AGENTPOOL_<ID>_BINARY` names one that is taken
   * as it is, if it is there.
   * @param env environment of the asking command
   * @param options `again`: what failed a moment ago is tried once more
   */
  async find(
    provider: Wanted,
    env: Environment,
    options: { readonly again?: boolean } = {},
  ): Promise<BinarySearch> {
    const named = env[overrideName(provider.id)];
    if (named !== undefined && named !== "") return this.#take(provider, named, env);

    const rejected: { path: string; why: string }[] = [];
    for (const path of candidatePaths(provider.binary.candidates, env)) {
      const facts = await this.#machine.stat(path).catch(nothingWhereDenied);
      if (facts?.kind !== "file") continue;
      const argv = [path, ...provider.binary.versionArgs];
      const output = await this.#cache.ask(argv, facts, env, options);
      if ("failed" in output) {
        rejected.push({ path, why: output.failed });
        continue;
      }
      const version = versionIn(provider, output.text);
      if (version !== undefined) return { found: { path, version }, rejected };
      rejected.push({ path, why: `it is another program: ${firstLine(output.text)}` });
    }
    return { found: null, rejected };
  }

  /** The program, or the error that says how to get it. @throws provider_not_installed */
  async require(
    provider: Wanted & { readonly displayName: string },
    env: Environment,
  ): Promise<FoundBinary> {
    const first = await this.find(provider, env);
    if (first.found) return first.found;
    // somebody may have repaired it since it was asked
    const { found, rejected } =
      first.rejected.length > 0 ? await this.find(provider, env, { again: true }) : first;
    if (found) return found;
    const names = provider.binary.candidates.join(", ");
    throw new AgentpoolError("provider_not_installed", `${provider.displayName} was not found`, {
      why:
        rejected.length === 0
          ? `No program named ${names} is on PATH or in the usual folders.`
          : rejected.map(({ path, why }) => `${path}: ${why}`).join("; "),
      hint:
        rejected.length > 0
          ? `If it is the program that is meant, its definition asks it wrongly (binary.versionArgs, versionPattern); another one: ${overrideName(provider.id)}=<path>`
          : `${provider.binary.install.replace(/\.$/, "")}; or name it: ${overrideName(provider.id)}=<path>`,
      details: { provider: provider.id, candidates: provider.binary.candidates, rejected },
    });
  }

  async #take(provider: Wanted, path: string, env: Environment): Promise<BinarySearch> {
    const facts = isAbsolute(path) ? await this.#machine.stat(path) : undefined;
    if (facts?.kind !== "file") {
      const why = isAbsolute(path) ? "there is no such file" : "it is no absolute path";
      return { found: null, rejected: [{ path, why: `${overrideName(provider.id)}: ${why}` }] };
    }
    const output = await this.#cache.ask([path, ...provider.binary.versionArgs], facts, env);
    const version = "text" in output ? versionIn(provider, output.text) : undefined;
    return { found: { path, version: version ?? null }, rejected: [] };
  }
}

/** The environment name that overrides where a provider's program is. */
/** The environment to look for a provider's program with; what it names itself comes first. */
export function withBinary(
  { id }: Pick<Wanted, "id">,
  env: Readonly<Record<string, string>>,
  binary: string | null,
): Readonly<Record<string, string>> {
  return binary === null ? env : { [overrideName(id)]: binary, ...env };
}

export function overrideName(providerId: string): string {
  return `AGENTPOOL_${providerId.toUpperCase().replaceAll("-", "_")}_BINARY`;
}

/** Every place the program may be, in the order in which they are asked, each once. */
export function candidatePaths(candidates: readonly string[], env: Environment): string[] {
  const usual = usualFolders.flatMap((folder) =>
    folder.startsWith("~/") ? belowHome(folder.slice(2), env) : [folder],
  );
  // an empty or relative entry of PATH means the present folder, where anybody may put programs
  const folders = [...(env["PATH"] ?? "").split(":").filter(isAbsolute), ...usual];
  const paths = candidates.flatMap((candidate) => {
    if (isAbsolute(candidate)) return [candidate];
    if (candidate.startsWith("~/")) return belowHome(candidate.slice(2), env);
    return candidate.includes("/") ? [] : folders.map((folder) => join(folder, candidate));
  });
  return [...new Set(paths)];
}

const dataFolder = ".local/share/";

/** What programs keep in the user's data folder lies where `XDG_DATA_HOME` says. */
function belowHome(path: string, env: Environment): string[] {
  const data = env["XDG_DATA_HOME"] ?? "";
  if (path.startsWith(dataFolder) && isAbsolute(data)) {
    return [join(data, path.slice(dataFolder.length))];
  }
  const home = env["HOME"] ?? "";
  return isAbsolute(home) ? [join(home, path)] : [];
}

/** A folder that this user may not read is passed over, as a shell does it. */
function nothingWhereDenied(thrown: unknown): undefined {
  if ((thrown as { readonly code?: unknown }).code !== "EACCES") throw thrown;
}

function versionIn(provider: Wanted, text: string): string | undefined {
  // the program prints what it likes; only so much of it can be a version
  return findMatch(provider.binary.versionPattern, text.slice(0, 4_000))?.[1];
}

function firstLine(text: string): string {
  const line = text.split("\n").find((candidate) => candidate.trim() !== "");
  return line === undefined ? "it prints no version" : `it prints "${line.trim().slice(0, 80)}"`;
}
