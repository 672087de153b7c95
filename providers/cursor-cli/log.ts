import type { Claim, LogPlace, LogReader, Reading } from "../../src/provider/definition.ts";
import { fieldsOf, listOf, parseFields, textOf, type Fields } from "./fields.ts";

/** What the reader carries from line to line: what the agent said last in this turn. */
interface Memory {
  readonly said: string | null;
}

/**
 * The transcript of a conversation. Its lines have neither ids nor times, and results of calls are
 * not in it, so calls are left to the hooks.
 */
export const log: LogReader = {
  find: findLog,
  read: (line, memory): Reading => {
    const before: Memory = { said: textOf(fieldsOf(memory), "said") };
    const { claims, after } = read(parseFields(line), before);
    return { claims, memory: after };
  },
};

function read(
  fields: Fields,
  before: Memory,
): { readonly claims: readonly Claim[]; readonly after: Memory } {
  const said = textsOf(fieldsOf(fields["message"]));
  if (textOf(fields, "role") === "assistant") {
    return { claims: [], after: { said: said === "" ? before.said : said } };
  }
  if (textOf(fields, "role") === "user" && said !== "") {
    const wrapped = /<user_query>\n?([^]*?)\n?<\/user_query>/.exec(said);
    return {
      claims: [{ kind: "prompt_taken", text: wrapped?.[1] ?? said, agentTurn: null }],
      after: { said: null },
    };
  }
  if (textOf(fields, "type") !== "turn_ended") return { claims: [], after: before };
  return { claims: [endOf(textOf(fields, "status") ?? "", before)], after: { said: null } };
}

function endOf(status: string, { said }: Memory): Claim {
  const interrupted = /abort|cancel|interrupt/i.test(status);
  const outcome = status === "success" ? "completed" : interrupted ? "interrupted" : "failed";
  return {
    kind: "turn_ended",
    outcome,
    agentTurn: null,
    result: outcome === "completed" ? said : null,
    error: outcome === "failed" ? `the turn ended with "${status}"` : null,
  };
}

function textsOf(message: Fields): string {
  return listOf(message, "content")
    .map(fieldsOf)
    .filter((part) => textOf(part, "type") === "text")
    .map((part) => textOf(part, "text") ?? "")
    .join("\n");
}

/** Named by the conversation's id, which a hook says; no other file is taken for it. */
async function findLog({ facts, agentSessionId, list }: LogPlace): Promise<string | null> {
  const folder = facts["transcripts"];
  if (folder === undefined || agentSessionId === null) return null;
  const own = `${folder}/${agentSessionId}`;
  const name = `${agentSessionId}.jsonl`;
  if ((await list(own)).some((file) => file.name === name)) return `${own}/${name}`;
  return (await list(folder)).some((file) => file.name === name) ? `${folder}/${name}` : null;
}
