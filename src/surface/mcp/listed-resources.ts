import { formatAddress, type SessionPart } from "./addresses.ts";
import type { McpManifest } from "./manifest.ts";

/** As `resources/list` shows one. */
export interface ListedResource {
  readonly uri: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
  readonly annotations: { readonly audience: readonly string[]; readonly priority: number };
}

/** As `resources/templates/list` shows one. */
export interface ListedTemplate {
  readonly uriTemplate: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
}

const forAgents = { audience: ["assistant"], priority: 0.8 } as const;

/** Texts that are there whatever runs. */
const texts: readonly ListedResource[] = [
  {
    uri: "agentpool://onboarding",
    name: "onboarding",
    title: "First steps with agentpool",
    description: "What agentpool is and the first calls to make",
    mimeType: "text/markdown",
    annotations: forAgents,
  },
  {
    uri: "agentpool://skill.md",
    name: "skill.md",
    title: "How to work with workers",
    description: "How to spawn, observe, answer, collect; the rules; what errors mean",
    mimeType: "text/markdown",
    annotations: forAgents,
  },
];

/** The operation whose `text` the resource is. */
export const preferencesOperation = "preferences.show";
export const preferencesUri = "agentpool://preferences.md";
const preferences: ListedResource = {
  uri: preferencesUri,
  name: "preferences.md",
  title: "The user's preferences",
  description: "The user's own words on whom to ask for what",
  mimeType: "text/markdown",
  annotations: forAgents,
};

export function listResources({ tools }: McpManifest): readonly ListedResource[] {
  const knowsPreferences = tools.some((one) => one.operation === preferencesOperation);
  return knowsPreferences ? [...texts, preferences] : texts;
}

export const sessionResources: Readonly<
  Record<SessionPart, { readonly title: string; readonly about: string; readonly mimeType: string }>
> = {
  session: {
    title: "Worker",
    about: "State of a worker with its turns, deliveries and prompts; changes can be subscribed to",
    mimeType: "application/json",
  },
  transcript: {
    title: "Worker's conversation",
    about: "The end of a worker's conversation, fenced: its last 8000 characters",
    mimeType: "text/plain",
  },
  events: {
    title: "Worker's events",
    about: "The newest events of a worker, one JSON object a line, fenced",
    mimeType: "text/plain",
  },
  artifacts: {
    title: "Worker's files",
    about: "Paths, sizes and hashes of what was collected from a worker",
    mimeType: "application/json",
  },
};

/** The variable stands unescaped in a template. */
const variable = "{session_id}";

export const listedTemplates: readonly ListedTemplate[] = (
  ["artifacts", "session", "events", "transcript"] as const
).map((part) => ({
  uriTemplate: formatAddress(part, "ID").replace("ID", variable),
  name: part === "session" ? "session" : `session_${part}`,
  title: sessionResources[part].title,
  description: sessionResources[part].about,
  mimeType: sessionResources[part].mimeType,
}));
