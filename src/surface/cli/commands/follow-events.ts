import type { Operation } from "../../../operations/define.ts";
import { renderEvent, type Output } from "../../../operations/event/list.ts";
import type { EventJson } from "../../../operations/projection.ts";
import { writeOut } from "../io.ts";
import { pick } from "../output.ts";
import { printable } from "../printable.ts";
import type { Shell } from "../shell.ts";

/**
 * Shows what happened and goes on with what happens, gap-free, until Ctrl-C. One JSON object a
 * line with JSON.
 */
export async function followEvents(
  shell: Shell,
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
): Promise<number> {
  const types = ((input["types"] as readonly string[] | undefined) ?? []).flatMap((one) =>
    one.split(",").map((word) => word.trim()),
  );
  const isWanted = ({ type }: EventJson): boolean =>
    types.length === 0 ||
    types.some((word) => (word.endsWith("*") ? type.startsWith(word.slice(0, -1)) : type === word));
  const tell = (event: EventJson): void => {
    if (!isWanted(event)) return;
    const text = shell.json
      ? JSON.stringify(shell.pick.length > 0 ? pick(event, shell.pick) : event)
      : printable(renderEvent(event, shell.style), shell.style);
    writeOut(`${text}\n`);
  };
  return shell.supervised.with(async (caller) => {
    const ask = async (given: Readonly<Record<string, unknown>>): Promise<Output> =>
      (await caller.call(operation.name, { input: given, cwd: shell.cwd })) as Output;
    // without a moment to begin at, only what happens from now on
    let page = await ask(input["since"] === undefined ? { ...input, limit: 1 } : input);
    if (input["since"] !== undefined) {
      for (const event of page.events) tell(event);
      while (page.has_more) {
        page = await ask({ ...input, since: String(page.cursor) });
        for (const event of page.events) tell(event);
      }
    }
    const ids = (input["session_ids"] as readonly string[] | undefined) ?? [];
    const sessions = await Promise.all(
      ids.map(async (id) => {
        const shown = await caller.call("session.show", { input: { session_id: id } });
        return (shown as { readonly session: { readonly id: string } }).session.id;
      }),
    );
    const request = { after: page.cursor, ...(sessions.length > 0 ? { sessions } : {}) };
    for await (const event of caller.events(request, new AbortController().signal)) tell(event);
    return 0;
  });
}
