import type { Claim, LogPlace, LogReader } from "../../src/provider/definition.ts";
import { fieldsOf, textOf } from "./fields.ts";

/**
 * What the reader carries from line to line.
 * - `stopped`: somebody stopped the turn, or refused what it wanted, which ends it as well.
 * - `refusal`: what the model service said when it refused for the last time.
 */
interface Memory {
  readonly stopped: boolean;
  readonly refusal: string | null;
}

const fresh: Memory = { stopped: false, refusal: null };

/**
 * The trace of the process that holds the conversation. Only what no hook tells is taken from it:
 * how a turn ended that was stopped or failed. Lines of another form say nothing.
 */
export const log: LogReader = {
  find: findLog,
  read: (line, memory) => {
    const { claims, after } = read(line, recall(memory));
    const at = Date.parse(/^\d{4}-\d\d-\d\dT[\d:.]+Z/.exec(line)?.[0] ?? "");
    return { claims, memory: after, ...(Number.isNaN(at) ? {} : { at }) };
  },
};

interface Read {
  readonly claims: readonly Claim[];
  readonly after: Memory;
}

function read(line: string, before: Memory): Read {
  if (/:acp_bridge_dispatch\{method="session\/cancel"[^}]*\}:cancel: .*: close /.test(line)) {
    return { claims: [], after: { ...before, stopped: true } };
  }
  if (/ chisel_agent::acp_server::agent_impl: User rejected tool permission: /.test(line)) {
    return { claims: [], after: { ...before, stopped: true } };
  }
  if (/ affogato::agent::control_loop: .*Exhausted inference retries/.test(line)) {
    const refusal = /error=Inference\((.*)\) Exhausted/.exec(line)?.[1] ?? null;
    return { claims: [], after: { ...before, refusal } };
  }
  const failed =
    / method=session\/prompt error=Error \{ code: -?\d+: .*?message: "((?:[^"\\]|\\.)*)"/;
  const failure = failed.exec(line);
  if (failure) return { claims: readFailure(failure[1] ?? "", before.refusal), after: fresh };
  if (/:acp_bridge_dispatch\{method="session\/prompt"[^}]*\}: \S+: close /.test(line)) {
    const { stopped, refusal } = before;
    return {
      claims: stopped ? [ended("interrupted", null)] : [],
      // a failure is told in the line after this one
      after: { stopped: false, refusal },
    };
  }
  return { claims: [], after: before };
}

/** The service says "rate limited" for a spent plan, too; its words tell which it is. */
function readFailure(said: string, refusal: string | null): readonly Claim[] {
  const limited = /^RateLimited\(message=(.*)\)$/.exec(refusal ?? "")?.[1];
  if (limited === undefined)
    return [ended("failed", refusal === null ? said : `${said} (${refusal})`)];
  if (!/\bquota\b|\busage limit\b|\bcredits?\b/i.test(limited)) {
    return [{ kind: "limit_warning", message: limited }, ended("failed", limited)];
  }
  // nothing there says when it ends
  return [{ kind: "limit_hit", resetsAt: null, message: limited }, ended("limited", limited)];
}

function ended(outcome: "interrupted" | "failed" | "limited", error: string | null): Claim {
  return { kind: "turn_ended", outcome, agentTurn: null, result: null, error };
}

/** Of the logs that the agent's processes hold open, that of the one with the conversation. */
async function findLog({ facts, openFiles, read: readFile }: LogPlace): Promise<string | null> {
  const folder = `${facts["logs"] ?? ""}/`;
  const logs = (await openFiles()).filter(
    (path) => path.startsWith(folder) && /\/devin_\d{8}-\d{6}_\d+\.log$/.test(path),
  );
  for (const path of new Set(logs)) {
    if ((await readFile(path))?.includes(" run_acp_server:") === true) return path;
  }
  return null;
}

function recall(memory: unknown): Memory {
  const fields = fieldsOf(memory);
  return { stopped: fields["stopped"] === true, refusal: textOf(fields, "refusal") };
}
