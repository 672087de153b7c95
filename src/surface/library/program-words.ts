import { AgentpoolError } from "../../domain/errors.ts";
import { camelCase } from "./camel-case.ts";

/**
 * An error about the fields of a call in the words of a program: `sessionId`, where the wire says
 * `session_id` and a shell `<session_id>`. Every other error stays as it is.
 * @param operation its name, which is the method's
 */
export function inProgramWords(thrown: unknown, operation: string): unknown {
  if (!(thrown instanceof AgentpoolError) || thrown.code !== "invalid_input") return thrown;
  const { message, why, hint, details } = thrown;
  const fields = details?.["fields"];
  if (!Array.isArray(fields) || fields.length === 0) return thrown;
  const named = fields.map((field) => camelCase(String(field)));
  return new AgentpoolError("invalid_input", inCamel(message.replace(shellLabel, "")), {
    ...(why === undefined ? {} : { why }),
    hint:
      hint === undefined || shellHelp.test(hint)
        ? `Correct ${named.join(" and ")}, and call ${operation} again.`
        : inCamel(hint),
    details: { ...details, fields: named },
  });
}

const shellLabel = / \((?:--[a-z][a-z-]*|<\w+(?:\.{3})?>)\)/g;
const shellHelp = /^(?:agentpool [a-z -]+ --help|See \w+\.\w+)$/;

function inCamel(text: string): string {
  return text.replace(/\b[a-z]+(?:_[a-z0-9]+)+\b/g, camelCase);
}
