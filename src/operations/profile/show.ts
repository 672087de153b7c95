import { AgentpoolError } from "../../domain/errors.ts";
import { nearest } from "../../domain/nearest.ts";
import { defineOperation } from "../define.ts";
import { profileJson, profileShape, profilesHere, type ProfileJson } from "./profile-json.ts";

interface Input {
  name: string;
}

export interface Output extends ProfileJson {
  instructions: string;
}

export const show = defineOperation<Input, Output>()({
  name: "profile.show",
  toolset: "runs",
  summary: "Show a role: what is said to its agent, and what it may do",
  effect: "read",
  fromFiles: true,
  inPlace: true,
  schemas: (z) => ({
    input: z.strictObject({ name: z.string().min(1).describe("Name of the profile") }),
    output: z.looseObject({ ...profileShape(z), instructions: z.string() }),
  }),
  errors: ["profile_not_found", "invalid_config"],
  cli: {
    command: "profiles show",
    positionals: ["name"],
    group: "Setup",
    examples: ["agentpool profiles show worker"],
    render: (output, style) => {
      const rows: readonly (readonly [string, string | null])[] = [
        ["for", output.description],
        ["from", output.file ?? "agentpool"],
        ["provider", output.provider_id],
        ["model", output.model],
        ["effort", output.reasoning_effort],
        ["isolation", output.isolation],
        ["tools", output.toolset],
        ["timeout", output.timeout_ms === null ? null : `${output.timeout_ms / 1000} s`],
        ["attempts", output.max_attempts === null ? null : String(output.max_attempts)],
        ["fallback", output.fallback.map(({ provider_id }) => provider_id).join(", ") || null],
      ];
      const facts = rows.flatMap(([name, value]) =>
        value === null ? [] : [`${style.dim(name.padEnd(9))}  ${value}`],
      );
      return [style.bold(output.name), ...facts, "", output.instructions].join("\n");
    },
  },
  run: async (ctx, { name }) => {
    const { profiles, broken } = await profilesHere(ctx);
    const profile = profiles.get(name);
    if (profile) return { ...profileJson(profile), instructions: profile.instructions };
    const wrong = broken.find((one) => one.name === name);
    if (wrong) {
      throw new AgentpoolError("invalid_config", `The profile "${name}" cannot be used`, {
        why: wrong.faults
          .map(({ line, message }) => `${wrong.file}${line === null ? "" : `:${line}`}: ${message}`)
          .join("\n"),
        hint: `Correct ${wrong.file}, then: agentpool profiles list`,
        details: { file: wrong.file, faults: wrong.faults },
      });
    }
    const near = nearest(name, [...profiles.keys()]);
    throw new AgentpoolError("profile_not_found", `There is no profile "${name}"`, {
      hint: near === undefined ? "agentpool profiles list" : `Did you mean ${near}?`,
      details: { profiles: [...profiles.keys()] },
    });
  },
});
