/** The texts for agents, as `resources/list` shows them. */
export const listedResources = [
  {
    uri: "agentpool://onboarding",
    name: "onboarding",
    title: "First steps with agentpool",
    description: "What agentpool is and the first calls to make",
    mimeType: "text/markdown",
  },
  {
    uri: "agentpool://skill.md",
    name: "skill.md",
    title: "How to work with workers",
    description: "How to spawn, observe, answer, collect; the rules; what errors mean",
    mimeType: "text/markdown",
  },
] as const;

export type ListedResource = (typeof listedResources)[number];
