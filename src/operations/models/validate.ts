import { describeProblem, type ModelProblem } from "../../provider/models/parse-models.ts";
import { defineOperation } from "../define.ts";

interface Input {
  file?: string;
}

export interface Output {
  ok: boolean;
  files: {
    file: string;
    ok: boolean;
    problems: readonly ModelProblem[];
  }[];
}

export const validate = defineOperation<Input, Output>()({
  name: "models.validate",
  toolset: "default",
  summary: "Check files of models, with line and field of each mistake",
  about:
    "Without a file, those that are shipped and all of your own in <home>/models. A file named after a " +
    "provider id may speak of the models of that provider. Exit status 1 when a file is broken.",
  effect: "read",
  fromFiles: true,
  schemas: (z) => ({
    input: z.strictObject({
      file: z.string().min(1).optional().describe("Only this file"),
    }),
    output: z.looseObject({
      ok: z.boolean(),
      files: z.array(
        z.looseObject({
          file: z.string(),
          ok: z.boolean(),
          problems: z.array(
            z.looseObject({ line: z.number(), field: z.string(), reason: z.string() }),
          ),
        }),
      ),
    }),
  }),
  errors: ["invalid_config"],
  cli: {
    command: "models validate",
    group: "Setup",
    positionals: ["file"],
    flags: { file: [".path"] },
    examples: [
      "agentpool models validate",
      "agentpool models validate ~/.agentpool/models/codex-cli.json",
    ],
    render: ({ files }, style) =>
      files
        .flatMap(({ file, problems }) =>
          problems.length === 0
            ? [`${style.green("ok")}  ${file}`]
            : problems.map((problem) => style.red(describeProblem(file, problem))),
        )
        .join("\n"),
    exitCode: ({ ok }) => (ok ? 0 : 1),
  },
  run: async (ctx, { file }) => {
    const files = await ctx.app.providers.validateModels(file ?? null, ctx.cwd);
    return {
      ok: files.every(({ problems }) => problems.length === 0),
      files: files.map((one) => ({ ...one, ok: one.problems.length === 0 })),
    };
  },
});
