/** What is typed or pasted so, alone, is a command of the agent and no prompt. */
export const commands = ["/quit", "/exit", "/clear", "/help"];

/** The command that a text is, whatever blanks stand around it; undefined when it is a prompt. */
export function commandIn(text) {
  const alone = text.trim();
  return commands.find((command) => command === alone);
}
