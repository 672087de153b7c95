import type { Profile } from "../../domain/profile.ts";
import type { Profiles } from "../../orchestration/profiles/load-profiles.ts";
import type { OperationContext, Z } from "../define.ts";

export interface ProfileJson {
  name: string;
  description: string;
  source: Profile["source"];
  /** Null for one that comes with agentpool. */
  file: string | null;
  provider_id: string | null;
  model: string | null;
  reasoning_effort: string | null;
  toolset: string | null;
  isolation: string | null;
  timeout_ms: number | null;
  max_attempts: number | null;
  fallback: readonly { provider_id: string; model: string | null }[];
}

export function profileJson(profile: Profile): ProfileJson {
  return {
    name: profile.name,
    description: profile.description,
    source: profile.source,
    file: profile.file,
    provider_id: profile.providerId,
    model: profile.model,
    reasoning_effort: profile.effort,
    toolset: profile.toolset,
    isolation: profile.mode,
    timeout_ms: profile.timeoutMs,
    max_attempts: profile.maxAttempts,
    fallback: profile.fallback.map(({ providerId, model }) => ({ provider_id: providerId, model })),
  };
}

export function profileShape(z: Z) {
  return {
    name: z.string(),
    description: z.string(),
    source: z.enum(["built_in", "project", "user"]),
    file: z.string().nullable(),
    provider_id: z.string().nullable(),
    model: z.string().nullable(),
    toolset: z.string().nullable(),
    isolation: z.string().nullable(),
  };
}

/** Those for work where the caller stands. */
export async function profilesHere({ app, cwd }: OperationContext): Promise<Profiles> {
  // reads YAML, which nothing else needs
  const { loadProfiles } = await import("../../orchestration/profiles/load-profiles.ts");
  const { profileFolders } = await import("../../orchestration/profiles/profile-folders.ts");
  return loadProfiles(profileFolders(app.home, cwd));
}
