import { randomBytes, randomUUID } from "node:crypto";
import { AgentpoolError } from "../domain/errors.ts";
import type { LaunchPlan, LaunchRequest, ProviderDefinition } from "../provider/definition.ts";
import { hookCommand } from "../provider/hooks.ts";
import { planLaunch } from "../provider/launch.ts";
import { takesTools } from "../provider/worker-tools.ts";
import type { SessionToolset } from "../domain/toolset.ts";
import type { SessionParts } from "./parts.ts";
import { newSessionToken } from "./session-token.ts";
import { environmentWith, ownProgram, workerServer } from "./worker-window.ts";

/** What a start chooses; the rest of a launch request is the same for all. */
export type AgentWish = Omit<
  LaunchRequest,
  "conversationId" | "folder" | "trustFolder" | "port" | "secret" | "hook" | "workerMcp"
> & { readonly toolset: SessionToolset | null };

/**
 * Plans the start of an agent: its command line, environment and files. Makes nothing.
 * @throws as `planLaunch`
 */
export async function planAgent(
  parts: Pick<SessionParts, "home" | "machine" | "config">,
  definition: ProviderDefinition,
  wish: AgentWish,
): Promise<{
  readonly plan: LaunchPlan;
  /** Whether a hook of this launch waits for answers. */
  readonly hooksReply: boolean;
  /** What the store keeps of the token that the process is given. */
  readonly tokenHash: string;
}> {
  const { toolset, ...rest } = wish;
  const folder = parts.home.session(wish.sessionId);
  const token = newSessionToken(parts.home, wish.sessionId);
  const program = ownProgram(parts.home);
  const trustFolder = (await parts.config()).get("policy.trust_folders");
  let hooksReply = false;
  const plan = await planLaunch(
    definition,
    {
      ...rest,
      workerMcp:
        toolset !== null && takesTools(definition, wish.mode)
          ? workerServer(parts.home, { token, toolset })
          : null,
      conversationId: randomUUID(),
      folder: folder.agent,
      trustFolder,
      port: await parts.machine.freePort(),
      secret: randomBytes(24).toString("hex"),
      hook: (event, options) => {
        hooksReply ||= options?.replyWithinS !== undefined;
        return hookCommand(folder.spool, event, options);
      },
    },
    parts.machine,
  );
  const files = [
    ...plan.files,
    { path: token.path, content: `${token.text}\n` },
    ...(toolset === null ? [] : [program]),
  ];
  const env = environmentWith(plan.env, { token, toolset, programs: parts.home.programs });
  return { plan: { ...plan, files, env }, hooksReply, tokenHash: token.hash };
}

/** Where there is no tmux, nothing is begun. */
export async function connectTerminals(parts: {
  readonly host: SessionParts["host"];
  /** Told when no agent can be started because of the terminals. */
  readonly cannotStart: (error: AgentpoolError) => void;
}): Promise<void> {
  try {
    await parts.host.connect();
  } catch (thrown) {
    parts.cannotStart(AgentpoolError.from(thrown));
    throw thrown;
  }
}

/** A start that failed for reasons of its own, as those hear it who asked for it. */
export function spawnFailed(id: string, error: AgentpoolError): AgentpoolError {
  if (error.code !== "internal" && error.code !== "terminal_failed") return error;
  return new AgentpoolError("spawn_failed", `Session ${id} could not be started`, {
    why: error.why ?? error.message,
    hint: "agentpool doctor",
    cause: error,
  });
}
