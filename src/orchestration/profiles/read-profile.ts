import { faultsOf, isObject, type JsonSchema } from "../../domain/json/json-schema.ts";
import type { Profile } from "../../domain/profile.ts";
import { workspaceModes, type WorkspaceMode } from "../../domain/session.ts";
import type { Substitute } from "../../domain/task.ts";
import { whyNotText } from "../../domain/task-text.ts";
import { asText } from "../../domain/template.ts";
import { parseDuration } from "../../domain/time.ts";

/** What is wrong with a file of a profile. */
export interface ProfileFault {
  readonly line: number | null;
  readonly message: string;
}

/** Said with every task; more than this leaves no room for one. */
const longestInstructions = 64 * 1024;

const text: JsonSchema = { type: "string", minLength: 1 };

/** What may stand between the two `---` at the beginning. */
export const profileSchema: JsonSchema = {
  title: "front matter of a profile",
  type: "object",
  required: ["description"],
  additionalProperties: false,
  properties: {
    description: { ...text, maxLength: 200, description: "What it is for, in a line" },
    provider: {
      ...text,
      description: "Provider id; whoever starts the work names one when absent",
    },
    model: { ...text, description: "Model, as the CLI names it" },
    effort: { ...text, description: "Reasoning effort" },
    tools: {
      enum: ["none", "worker", "lead"],
      description: "Tools for coordination; a lead may use nothing else",
    },
    isolation: { enum: workspaceModes, description: "Workspace of the agent" },
    limits: {
      type: "object",
      additionalProperties: false,
      properties: {
        timeout: { type: ["string", "number"], description: "How long one attempt may take" },
        attempts: { type: "integer", minimum: 1, maximum: 100 },
      },
    },
    fallback: {
      type: "array",
      maxItems: 10,
      items: {
        anyOf: [
          text,
          {
            type: "object",
            required: ["provider"],
            additionalProperties: false,
            properties: { provider: text, model: text },
          },
        ],
      },
      description:
        "Providers (ids, aliases or presets) to try in this order when it cannot be started or is at its limit",
    },
  },
};

/** Where a profile comes from, and what its file holds. */
export interface ProfileText extends Pick<Profile, "name" | "source" | "file"> {
  readonly text: string;
}

export type ReadProfile =
  | { readonly profile: Profile }
  | { readonly faults: readonly ProfileFault[] };

/** Reads a profile: front matter, then the instructions as Markdown. */
export async function readProfile({ text, ...origin }: ProfileText): Promise<ReadProfile> {
  const match = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)([\s\S]*)$/.exec(text);
  if (!match)
    return {
      faults: [{ line: 1, message: "begins with no front matter between two lines of ---" }],
    };
  const [, front = "", body = ""] = match;
  const { readYaml } = await import("../../platform/config/yaml-text.ts");
  const { value, lineOf, faults: syntax } = readYaml(front);
  const below = (line: number | undefined): number => (line ?? 0) + 1;
  if (syntax.length > 0) {
    return { faults: syntax.map(({ line, message }) => ({ line: below(line), message })) };
  }
  const values = isObject(value) ? value : {};
  const limits = isObject(values["limits"]) ? values["limits"] : {};
  const faults = faultsOf(profileSchema, value ?? {}).map(({ at, message }): ProfileFault => {
    const field = at.replace(/^\$\.?/, "");
    const path = field.split(/[.[\]]+/).filter((part) => part !== "");
    return { line: below(lineOf(path)), message: `${field} ${message}`.trim() };
  });
  const timeoutMs =
    limits["timeout"] === undefined ? null : parseDuration(asText(limits["timeout"]));
  if (timeoutMs === undefined || timeoutMs === 0) {
    faults.push({
      line: below(lineOf(["limits", "timeout"])),
      message: "limits.timeout is no duration",
    });
  }
  const instructions = body.trim();
  const bodyLine = front.split("\n").length + 3;
  const wrong = whyNotText(instructions);
  if (instructions === "")
    faults.push({ line: bodyLine, message: "says nothing below its front matter" });
  else if (wrong)
    faults.push({ line: bodyLine, message: `cannot be given to an agent: ${wrong.what}` });
  if (instructions.length > longestInstructions) {
    faults.push({
      line: bodyLine,
      message: `has ${instructions.length} characters, not at most ${longestInstructions}`,
    });
  }
  if (faults.length > 0) return { faults };
  const tools = values["tools"];
  return {
    profile: {
      ...origin,
      description: values["description"] as string,
      providerId: (values["provider"] as string | undefined) ?? null,
      model: (values["model"] as string | undefined) ?? null,
      effort: (values["effort"] as string | undefined) ?? null,
      toolset: tools === "worker" || tools === "lead" ? tools : null,
      mode: (values["isolation"] as WorkspaceMode | undefined) ?? null,
      timeoutMs: timeoutMs ?? null,
      maxAttempts: (limits["attempts"] as number | undefined) ?? null,
      fallback: ((values["fallback"] ?? []) as readonly unknown[]).map(substitute),
      instructions,
    },
  };
}

function substitute(value: unknown): Substitute {
  if (!isObject(value)) return { providerId: asText(value), model: null };
  return {
    providerId: value["provider"] as string,
    model: (value["model"] as string | undefined) ?? null,
  };
}
