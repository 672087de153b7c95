import { AgentpoolError } from "../../domain/errors.ts";
import type { Confirmation, ManifestTool } from "./manifest.ts";

/** What has to be asked before a call acts; undefined when nothing has. */
export interface Question {
  readonly message: string;
}

/**
 * Whether a call needs the yes of a person: by what it would do, and to a worker in which state.
 * @param stateOf asks for the state of a worker, only where that decides
 */
export async function questionBefore(
  tool: ManifestTool,
  args: Readonly<Record<string, unknown>>,
  stateOf: (sessionId: string) => Promise<string>,
): Promise<Question | undefined> {
  const { confirm } = tool;
  if (!confirm || isTrue(args, confirm.unless)) return undefined;
  if (confirm.when !== undefined && !isTrue(args, confirm.when)) return undefined;
  const target = named(args);
  if (confirm.states === undefined) return { message: question(tool, confirm, target) };
  const id = args["session_id"];
  if (typeof id !== "string") return undefined;
  const state = await stateOf(id);
  if (!confirm.states.includes(state)) return undefined;
  return { message: `${question(tool, confirm, target)} It is ${state}.` };
}

/** What a call would act on, as it says itself. */
function named(args: Readonly<Record<string, unknown>>): string {
  const fields = [args["session_id"], args["run_id"], args["workers"], args["approval_id"]];
  return fields.find((value): value is string => typeof value === "string") ?? "a worker";
}

function isTrue(args: Readonly<Record<string, unknown>>, name: string | undefined): boolean {
  return name !== undefined && (args[name] === true || args[name] === "true");
}

function question(tool: ManifestTool, { does }: Confirmation, target: string): string {
  return `${tool.definition.title} (${target})? This ${does}.`;
}

/** Nobody can be asked, and the call does not say that somebody was. */
export function confirmationRequired(tool: ManifestTool, { message }: Question): AgentpoolError {
  return new AgentpoolError("confirmation_required", `${tool.definition.name} needs a yes`, {
    why: `${message} Your host offers no way to ask the user.`,
    hint: "Ask the user; after a yes make the same call with confirm: true.",
  });
}

export function confirmationRefused(tool: ManifestTool): AgentpoolError {
  return new AgentpoolError("confirmation_refused", `The user said no to ${tool.definition.name}`, {
    why: "Nothing was done.",
    hint: "Do not try again unless the user asks for it.",
  });
}
