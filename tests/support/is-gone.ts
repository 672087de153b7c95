import { startToken } from "../../src/supervisor/start-token.ts";

/**
 * Whether no process runs under this id. One that ended counts as gone even while nobody asks for
 * its exit code: where the first process of a container asks for none, such entries stay for ever.
 */
export function isGone(pid: number): boolean {
  return startToken(pid) === undefined;
}
