import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { AgentpoolError } from "../../domain/errors.ts";
import { nearest } from "../../domain/nearest.ts";
import { packageFolder } from "../../platform/package-version.ts";

/** A text for agents that comes with this version, in the layout of Agent Skills. */
export interface Skill {
  readonly name: string;
  readonly aliases: readonly string[];
  /** When to use it, from the head of its file. */
  readonly description: string;
  /** Folder with `SKILL.md` and `references/`; may be copied to where an agent looks for skills. */
  readonly folder: string;
  readonly path: string;
  readonly text: string;
  /** Further texts that `--full` adds. */
  readonly references: readonly string[];
}

const aliases: Readonly<Record<string, readonly string[]>> = { agentpool: ["core"] };
const referenceFolder = "references";

/** All skills of this version, by name. */
export async function readSkills(): Promise<Skill[]> {
  const root = join(packageFolder(), "skills");
  const names = (await readdir(root)).toSorted();
  return Promise.all(names.map((name) => readSkill(join(root, name), name)));
}

/** @param name id or alias of a skill; the core skill when absent @throws invalid_input */
export async function findSkill(name = "agentpool"): Promise<Skill> {
  const skills = await readSkills();
  const found = skills.find((skill) => skill.name === name || skill.aliases.includes(name));
  if (found) return found;
  const known = skills.flatMap((skill) => [skill.name, ...skill.aliases]);
  throw new AgentpoolError("invalid_input", `No skill is called "${name}"`, {
    why: `There are: ${known.join(", ")}.`,
    hint: `agentpool skills get ${nearest(name, known) ?? known[0] ?? ""}`,
  });
}

/** The skill's text, with its references where they are asked for. */
export async function textOf(skill: Skill, full: boolean): Promise<string> {
  if (!full) return skill.text;
  const further = skill.references.map((name) =>
    readFile(join(skill.folder, referenceFolder, name), "utf8"),
  );
  return [skill.text, ...(await Promise.all(further))].join("\n");
}

async function readSkill(folder: string, name: string): Promise<Skill> {
  const path = join(folder, "SKILL.md");
  const text = await readFile(path, "utf8");
  const references = await readdir(join(folder, referenceFolder)).catch(noneWhereAbsent);
  return {
    name,
    aliases: aliases[name] ?? [],
    description: /^description: (.*)$/m.exec(text)?.[1] ?? "",
    folder,
    path,
    text,
    references: references.toSorted(),
  };
}

function noneWhereAbsent(thrown: unknown): string[] {
  if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return [];
  throw thrown;
}
