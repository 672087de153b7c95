import { defineOperation } from "../define.ts";
import { table } from "../table.ts";
import { profileJson, profileShape, profilesHere, type ProfileJson } from "./profile-json.ts";

export interface Output {
  profiles: ProfileJson[];
  broken: {
    name: string;
    file: string;
    faults: readonly { line: number | null; message: string }[];
  }[];
}

export const list = defineOperation<Record<string, never>, Output>()({
  name: "profile.list",
  toolset: "runs",
  summary: "List the roles that work can be given to",
  about:
    "A profile is a Markdown file: front matter with provider, model, tools, workspace and limits, " +
    "then what is said to the agent. Those in <home>/profiles go before those of the project in " +
    ".agentpool/profiles, which may allow no more than what they stand for, and these before the " +
    "ones that come with agentpool. Exit status 1 when a file is none.",
  effect: "read",
  fromFiles: true,
  inPlace: true,
  schemas: (z) => ({
    input: z.strictObject({}),
    output: z.looseObject({
      profiles: z.array(z.looseObject(profileShape(z))),
      broken: z.array(
        z.looseObject({
          name: z.string(),
          file: z.string(),
          faults: z.array(z.looseObject({ line: z.number().nullable(), message: z.string() })),
        }),
      ),
    }),
  }),
  errors: [],
  cli: {
    command: "profiles list",
    aliases: ["profiles"],
    ids: "profiles.name",
    group: "Setup",
    examples: ["agentpool profiles", "agentpool profiles list --json"],
    render: ({ profiles, broken }, style) => {
      const rows = profiles.map((one) => [
        one.name,
        one.source.replace("_", "-"),
        [one.provider_id, one.model].filter((part) => part !== null).join(" ") || "-",
        one.isolation ?? "-",
        one.toolset ?? "-",
        one.description,
      ]);
      const faults = broken.flatMap(({ file, faults }) =>
        faults.map(({ line, message }) =>
          style.red(`${line === null ? file : `${file}:${line}`}: ${message}`),
        ),
      );
      const columns = ["NAME", "FROM", "AGENT", "ISOLATION", "TOOLS", "FOR"];
      return [table(columns, rows, style), ...faults].join("\n");
    },
    exitCode: ({ broken }) => (broken.length === 0 ? 0 : 1),
  },
  run: async (ctx) => {
    const { profiles, broken } = await profilesHere(ctx);
    return {
      profiles: [...profiles.values()].map(profileJson),
      broken: broken.map(({ name, file, faults }) => ({ name, file, faults })),
    };
  },
});
