/** What the agent tells itself when a sub-agent in the background has ended. */
export function isOwnPrompt(text: string): boolean {
  return /^Background task \w+\.\ntask_id: /.test(text);
}
