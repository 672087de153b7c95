import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  inputRequired,
  inputResponse,
  ProtocolError,
  ProtocolErrorCode,
  type CallToolResult,
  type ClientCapabilities,
  type InputRequiredResult,
  type Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { AgentpoolError } from "../../domain/errors.ts";
import { nearest } from "../../domain/nearest.ts";
import type { Caller } from "../../rpc/wire.ts";
import {
  confirmationRefused,
  confirmationRequired,
  questionBefore,
  type Question,
} from "./confirm.ts";
import type { ManifestTool } from "./manifest.ts";
import { reportProgress } from "./progress.ts";
import type { Relay } from "./relay.ts";
import { findTool, type Selection } from "./select-tools.ts";

interface Serving {
  readonly server: Server;
  readonly relay: Relay;
  readonly selection: Selection;
  readonly caller: Pick<Caller, "call">;
  readonly cwd: string;
  readonly coordinator: string;
}

const answerName = "confirm";
/** Revisions whose hosts know links in results. */
const firstWithLinks = "2025-06-18";

/** One call of a tool: asks the user first where that is due, and tells how it goes. */
export async function handleCall(
  call: { readonly name: string; readonly arguments?: Record<string, unknown> | undefined },
  ctx: ServerContext,
  serving: Serving,
): Promise<CallToolResult | InputRequiredResult> {
  const { server, relay, selection } = serving;
  const tool = findTool(selection.tools, call.name);
  if (!tool) throw unknownTool(call.name, selection.tools);
  const args = call.arguments ?? {};
  const asked = await ask(tool, args, ctx, serving);
  if (asked) return asked;
  const token = ctx.mcpReq._meta?.progressToken;
  const progress =
    token === undefined ? undefined : reportProgress(token, (one) => ctx.mcpReq.notify(one));
  try {
    return await relay.call(tool, args, {
      signal: ctx.mcpReq.signal,
      links: (server.getNegotiatedProtocolVersion() ?? firstWithLinks) >= firstWithLinks,
      ...(progress ? { progress } : {}),
    });
  } finally {
    progress?.stop();
  }
}

/**
 * Undefined when the call may go ahead. The person is asked where the host can ask one, whatever
 * the call says of them; a host that only pretends (it dismisses every question, as hosts without a
 * screen do) is taken like one that cannot.
 */
async function ask(
  tool: ManifestTool,
  args: Readonly<Record<string, unknown>>,
  ctx: ServerContext,
  serving: Serving,
): Promise<CallToolResult | InputRequiredResult | undefined> {
  if (tool.confirm?.hostsOnly && serving.selection.toolset !== null) return undefined;
  let question: Question | undefined;
  try {
    question = await questionBefore(tool, args, (id) => stateOf(id, ctx, serving));
  } catch (thrown) {
    return serving.relay.fail(AgentpoolError.from(thrown));
  }
  if (!question) return undefined;
  const saysYes = args["confirm"] === true || args["confirm"] === "true";
  if (!canAsk(ctx, serving.server)) {
    return saysYes ? undefined : serving.relay.fail(confirmationRequired(tool, question));
  }
  const answer = inputResponse(ctx.mcpReq.inputResponses, answerName);
  if (answer.kind === "missing") return askFor(question);
  const given = acceptedContent<{ yes?: unknown }>(ctx.mcpReq.inputResponses, answerName);
  if (given?.yes === true) return undefined;
  const dismissed = answer.kind === "elicit" && answer.action === "cancel";
  if (dismissed && saysYes) return undefined;
  return serving.relay.fail(
    dismissed ? confirmationRequired(tool, question) : confirmationRefused(tool),
  );
}

function askFor({ message }: Question): InputRequiredResult {
  return inputRequired({
    inputRequests: {
      [answerName]: inputRequired.elicit({
        message,
        requestedSchema: {
          type: "object",
          properties: { yes: { type: "boolean", title: "Go ahead", default: false } },
          required: ["yes"],
        },
      }),
    },
  });
}

/** Whether the host said that it can put a form before its user. */
function canAsk(ctx: ServerContext, server: Server): boolean {
  const envelope: { readonly [CLIENT_CAPABILITIES_META_KEY]?: ClientCapabilities } | undefined =
    ctx.mcpReq.envelope;
  const declared = envelope?.[CLIENT_CAPABILITIES_META_KEY] ?? server.getClientCapabilities();
  const elicitation = declared?.elicitation;
  if (elicitation === undefined) return false;
  // a host of an earlier revision declares it without saying what kind
  return Object.keys(elicitation).length === 0 || "form" in elicitation;
}

async function stateOf(
  id: string,
  ctx: ServerContext,
  { caller, cwd, coordinator }: Serving,
): Promise<string> {
  const request = { input: { session_id: id }, cwd, coordinator };
  const shown = await caller.call("session.show", request, { signal: ctx.mcpReq.signal });
  return (shown as { session: { state: string } }).session.state;
}

function unknownTool(name: string, tools: readonly ManifestTool[]): ProtocolError {
  const names = tools.map((tool) => tool.definition.name);
  const near = nearest(name, names);
  return new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    near
      ? `No tool "${name}"; did you mean ${near}?`
      : `No tool "${name}"; there are ${names.join(", ")}`,
  );
}
