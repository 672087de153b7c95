/** Tools by which the agent changes files. The deny also takes them away from the model. */
const writing = ["edit", "bash"];

/** The last rule that fits decides, and a conversation's own rules come last. */
export const readOnlyRules = writing.map((permission) => ({
  permission,
  pattern: "*",
  action: "deny",
}));

const denied = Object.fromEntries(writing.map((permission) => [permission, "deny"]));

/**
 * The same for conversations that a person begins in the pane. A person's own settings for an
 * agent come after the general ones, so the agents that come with the program are named too.
 */
export const readOnlyConfig = {
  permission: denied,
  agent: Object.fromEntries(
    ["build", "plan", "general"].map((name) => [name, { permission: denied }]),
  ),
};
