import { existsSync, lstatSync } from "node:fs";
import { dirname, join } from "node:path";
import { AgentpoolError } from "../../domain/errors.ts";
import type { Home } from "../home.ts";
import { mergeConfig, type Config } from "./config.ts";
import { readDocument, stampOf } from "./document.ts";
import { checkLayer, readLayer, type Layer } from "./layer.ts";

export const projectFileName = ".agentpool.yaml";

/**
 * What is in force, for work in the folder `project` where one is given. Files are read anew when
 * they changed; where there is none, no parser is loaded.
 * @throws invalid_config with file, line and key
 */
export type ConfigReader = (project?: string) => Promise<Config>;

export interface ConfigReaderOptions {
  readonly home: Pick<Home, "config" | "root">;
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Told what is wrong in a file, whose other settings hold then; for what only reads. Without it
   * the first fault is thrown.
   */
  readonly onFault?: (fault: AgentpoolError) => void;
}

export function configReader({ home, env, onFault }: ConfigReaderOptions): ConfigReader {
  const layers = new Map<string, { readonly stamp: string; readonly layer: Layer }>();
  let merged: { readonly from: readonly unknown[]; readonly config: Config } | undefined;

  const layerOf = async (
    file: string | undefined,
    kind: "user" | "project",
  ): Promise<Layer | undefined> => {
    const stamp = file === undefined ? undefined : stampOf(file);
    if (file === undefined || stamp === undefined) return undefined;
    const known = layers.get(file);
    if (known?.stamp === stamp) return known.layer;
    const layer = await readFile(file, kind);
    if (layer) layers.set(file, { stamp, layer });
    return layer;
  };

  const readFile = async (file: string, kind: "user" | "project"): Promise<Layer | undefined> => {
    if (!onFault) return readLayer(await readDocument(file), kind);
    try {
      const { layer, faults } = checkLayer(await readDocument(file), kind);
      for (const fault of faults) onFault(fault);
      return layer;
    } catch (thrown) {
      onFault(AgentpoolError.from(thrown));
      return undefined;
    }
  };

  return async (folder) => {
    refuseOldPolicy(home.root);
    const user = await layerOf(home.config, "user");
    const project = await layerOf(
      folder === undefined ? undefined : findProjectFile(folder, home.config),
      "project",
    );
    // the same files give the same object
    if (merged?.from[0] === user && merged?.from[1] === project && merged) return merged.config;
    const config = mergeConfig({
      ...(user ? { user } : {}),
      ...(project ? { project } : {}),
      env,
    });
    merged = { from: [user, project], config };
    return config;
  };
}

/**
 * The file of the project a folder belongs to: the nearest one at or above it, no higher than the
 * root of its repository. Outside a repository only the folder itself counts.
 */
export function findProjectFile(folder: string, userFile: string): string | undefined {
  const inRepository = repositoryRoot(folder);
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, projectFileName);
    if (file !== userFile && stampOf(file) !== undefined) return file;
    if (inRepository === undefined || at === inRepository) return undefined;
  }
}

function repositoryRoot(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return at;
    if (at === dirname(at)) return undefined;
  }
}

/**
 * Rules lay in a file of their own once; whoever still has it meant them to hold.
 * @throws invalid_config
 */
function refuseOldPolicy(root: string): void {
  const file = join(root, "policy.yaml");
  if (!lstatSync(file, { throwIfNoEntry: false })) return;
  throw new AgentpoolError("invalid_config", `${file} is read no more`, {
    why: "Its settings belong into the section policy: of config.yaml, min_remaining_percent directly below it.",
    hint: `Move them there, remove ${file}, then: agentpool config validate`,
    details: { file },
  });
}
