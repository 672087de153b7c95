import type { Operation } from "../../../operations/define.ts";
import type { OrphanJson, Output } from "../../../operations/orphan/gc.ts";
import { printOutput } from "../operation-command.ts";
import type { Shell } from "../shell.ts";
import { findLeftBehind, removeLeftBehind } from "../try/left-behind.ts";

/** What nobody of this home looks after, and besides what killed trials left in the temporary folder. */
export async function gc(
  shell: Shell,
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
): Promise<number> {
  const ofHome = (await shell.ask(operation, input)) as Output;
  const elsewhere: OrphanJson[] = [];
  for (const left of findLeftBehind()) {
    if (!ofHome.dry_run) await removeLeftBehind(left);
    elsewhere.push({
      kind: "files",
      what: left.folder,
      session_id: null,
      because: `process ${left.pid} of agentpool was to remove it, and was killed`,
      removed: !ofHome.dry_run,
      stays: null,
    });
  }
  const output: Output = {
    ...ofHome,
    removed: ofHome.removed + elsewhere.filter(({ removed }) => removed).length,
    orphans: [...ofHome.orphans, ...elsewhere],
  };
  return printOutput(shell, operation, { input, output });
}
