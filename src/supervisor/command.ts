/**
 * The command that becomes the detached process. New objects get 2 MB: V8's own bound of 16 MB is
 * met in the first busy minute and the memory never given back, and collecting less takes less
 * long.
 * @param main the built file of `supervisor/main`
 */
export function supervisorCommand(main: string, node = process.execPath): readonly string[] {
  return [node, "--max-semi-space-size=2", main];
}
