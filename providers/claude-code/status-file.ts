import type { Claim, StatusFileReader } from "../../src/provider/definition.ts";
import { fieldsOf, numberOf, parseFields, textOf } from "./fields.ts";

/**
 * `sessions/<pid>.json`, which the agent rewrites whenever its status changes. It belongs to the
 * process and not to a conversation. Files beside it hold keys and are never opened.
 */
export const statusFile: StatusFileReader = {
  path: ({ facts, pid }) =>
    pid === null || !facts["config"] ? null : `${facts["config"]}/sessions/${pid}.json`,
  read: (text, memory) => {
    const fields = parseFields(text);
    const status = textOf(fields, "status");
    const since = numberOf(fields, "statusUpdatedAt");
    // it is written anew for other reasons too
    const same = fieldsOf(memory)["since"] === since && fieldsOf(memory)["status"] === status;
    const claims = status === null || same ? [] : claimsOf(status, since);
    return { claims, memory: { status, since }, conversation: null };
  },
};

function claimsOf(status: string, since: number | null): readonly Claim[] {
  // a dialog that somebody answered in the pane is over before the tool it was about
  const answered: readonly Claim[] =
    since === null
      ? []
      : [
          {
            kind: "dialog_closed",
            ref: null,
            how: "the agent does not wait for anybody any more",
            openedBefore: since,
          },
        ];
  switch (status) {
    case "busy":
      return [...answered, { kind: "busy", because: "its status file says busy" }];
    case "idle":
      return [
        ...answered,
        { kind: "background_jobs", count: 0 },
        { kind: "idle", because: "its status file says idle" },
      ];
    case "shell":
      return [
        ...answered,
        { kind: "idle", because: "its status file says that only a shell of it still runs" },
      ];
    default:
      return [];
  }
}
