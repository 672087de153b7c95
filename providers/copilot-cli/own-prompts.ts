/** What the agent tells itself: a shell or an agent in the background is done. */
export function isOwnPrompt(text: string): boolean {
  return /^\s*<system_notification>/.test(text);
}
