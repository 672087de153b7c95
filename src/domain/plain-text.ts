const controls =
  // oxlint-disable-next-line no-control-regex
  /\u001b(?:\[[0-?]{0,64}[ -/]{0,8}[@-~]|[\]P^_X][^\u0007\u001b]{0,4096}(?:\u0007|\u001b\\)|[ -/]{0,4}[0-~])|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/**
 * Text that can be shown anywhere without steering a terminal: escapes and control characters go,
 * line ends are line feeds, tabs stay.
 */
export function plainText(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(controls, "");
}
