import { defineOperation } from "../define.ts";
import { table } from "../table.ts";
import { findSkill, readSkills, textOf, type Skill } from "./skill-files.ts";

export interface SkillJson {
  name: string;
  aliases: readonly string[];
  description: string;
  full_available: boolean;
}

export interface SkillTextJson extends SkillJson {
  full: boolean;
  path: string;
  text: string;
}

export interface SkillList {
  version: string;
  skills: SkillJson[];
}

export interface SkillTexts {
  version: string;
  skills: SkillTextJson[];
}

export interface SkillPath {
  name: string;
  path: string;
}

export const list = defineOperation<Record<string, never>, SkillList>()({
  name: "skills.list",
  toolset: "default",
  summary: "List the texts that teach an agent to use this version",
  effect: "read",
  fromFiles: true,
  inPlace: true,
  schemas: (z) => ({
    input: z.strictObject({}),
    output: z.looseObject({
      version: z.string(),
      skills: z.array(z.looseObject({ name: z.string(), description: z.string() })),
    }),
  }),
  errors: [],
  cli: {
    command: "skills list",
    aliases: ["skills"],
    group: "Setup",
    examples: ["agentpool skills", "agentpool skills list --json"],
    render: ({ skills }, style) =>
      table(
        ["SKILL", "ALSO", "WHEN TO USE IT"],
        skills.map((one) => [one.name, one.aliases.join(","), one.description]),
        style,
        { wrap: true },
      ),
  },
  run: async (ctx) => ({ version: ctx.app.version, skills: (await readSkills()).map(project) }),
});

interface GetInput {
  name?: string;
  full: boolean;
  all: boolean;
}

export const get = defineOperation<GetInput, SkillTexts>()({
  name: "skills.get",
  toolset: "default",
  summary: "Print a text that teaches an agent to use this version",
  about:
    "Written for a coding agent with a shell: what to look at first, how to start, watch, answer and " +
    "collect, and the rules. It belongs to the version that prints it.",
  effect: "read",
  fromFiles: true,
  inPlace: true,
  schemas: (z) => ({
    input: z.strictObject({
      name: z.string().min(1).optional().describe("Name of a skill; the core one if absent"),
      full: z.boolean().default(false).describe("Also its examples"),
      all: z.boolean().default(false).describe("All skills"),
    }),
    output: z.looseObject({
      version: z.string(),
      skills: z.array(z.looseObject({ name: z.string(), path: z.string(), text: z.string() })),
    }),
  }),
  errors: ["invalid_input"],
  cli: {
    command: "skills get",
    group: "Setup",
    positionals: ["name"],
    examples: ["agentpool skills get", "agentpool skills get agentpool --full"],
    render: ({ skills }) => skills.map(({ text }) => text).join("\n"),
  },
  run: async (ctx, { name, full, all }) => {
    const chosen = all ? await readSkills() : [await findSkill(name)];
    const texts = chosen.map(async (skill) => ({
      ...project(skill),
      full,
      path: skill.path,
      text: await textOf(skill, full),
    }));
    return { version: ctx.app.version, skills: await Promise.all(texts) };
  },
});

export const path = defineOperation<{ name?: string }, SkillPath>()({
  name: "skills.path",
  toolset: "default",
  summary: "Say where a skill's folder lies, to copy or link it",
  effect: "read",
  fromFiles: true,
  inPlace: true,
  schemas: (z) => ({
    input: z.strictObject({
      name: z.string().min(1).optional().describe("Name of a skill; the core one if absent"),
    }),
    output: z.looseObject({ name: z.string(), path: z.string() }),
  }),
  errors: ["invalid_input"],
  cli: {
    command: "skills path",
    group: "Setup",
    positionals: ["name"],
    examples: ["agentpool skills path"],
    render: (output) => output.path,
  },
  run: async (_ctx, { name }) => {
    const skill = await findSkill(name);
    return { name: skill.name, path: skill.folder };
  },
});

function project(skill: Skill): SkillJson {
  return {
    name: skill.name,
    aliases: skill.aliases,
    description: skill.description,
    full_available: skill.references.length > 0,
  };
}
