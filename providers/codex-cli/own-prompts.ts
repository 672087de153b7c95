/**
 * Whether the CLI wrote this prompt itself, when somebody chose to have a proposed plan carried
 * out: in the same conversation, or in a fresh one that is told where the plan lies.
 */
export function isOwnPrompt(text: string): boolean {
  return (
    text === "Implement the plan." ||
    /^Read the approved plan at \S.*\/approved-plan\.md and implement it\.$/.test(text)
  );
}
