export const commands: readonly string[];
export function commandIn(text: string): string | undefined;
