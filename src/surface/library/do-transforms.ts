import { AgentpoolError, type ErrorCode } from "../../domain/errors.ts";
import { applyTransform, isPure, type Transform } from "../../domain/transform.ts";
import type { AgentPoolClient } from "./client.ts";
import type { StageTransform } from "./stage.ts";

export type TransformFunction = Extract<StageTransform, (response: string) => unknown>;

/** A claim is renewed three times before it would be over. */
const renewEveryMs = 30_000;

/**
 * Does a task that waits for a function of this program: claims it, and completes it with what the
 * function makes of its text. A function that throws fails it. When the task is over before, or
 * somebody else's, nothing is done: the run tells what comes of it.
 * @param over ends when the run has: a function that never returns is waited for no longer
 */
export async function doTransform(
  client: AgentPoolClient,
  shape: TransformFunction,
  {
    taskId,
    agent,
    over,
  }: { readonly taskId: string; readonly agent: string; readonly over: AbortSignal },
): Promise<void> {
  try {
    const { task } = await client.task.claim({ taskId, agent });
    const token = task?.claim?.token;
    if (task && token !== undefined) await doClaimed(client, shape, { task, agent, token, over });
  } catch (thrown) {
    if (!(thrown instanceof AgentpoolError) || !outOfHand.has(thrown.code)) throw thrown;
  }
}

const outOfHand: ReadonlySet<ErrorCode> = new Set([
  "task_claimed",
  "task_not_claimable",
  "task_ended",
  "claim_lost",
  "claim_not_held",
]);

async function doClaimed(
  client: AgentPoolClient,
  shape: TransformFunction,
  claimed: {
    readonly task: { readonly id: string; readonly body: string };
    readonly agent: string;
    readonly token: number;
    readonly over: AbortSignal;
  },
): Promise<void> {
  const { task, agent, token, over } = claimed;
  const held = { taskId: task.id, agent, token };
  // of a claim that is lost the end of the function tells
  const renew = (): void => void client.task.renew(held).catch(() => undefined);
  const renewal = setInterval(renew, renewEveryMs);
  try {
    const result = await Promise.race([callTransform(shape, task.body), endOf(over)]);
    if (result === null) return;
    await client.task.complete({ ...held, result });
  } catch (thrown) {
    if (thrown instanceof AgentpoolError && outOfHand.has(thrown.code)) throw thrown;
    await client.task.fail({ ...held, error: describe(thrown) });
  } finally {
    clearInterval(renewal);
  }
}

/**
 * Shapes the response of the last stage, which no task follows that could. With the signal a function
 * is waited for no longer.
 * @throws Error with what is wrong with it
 */
export async function shapeLast(
  transforms: readonly StageTransform[],
  response: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  let text = response;
  for (const transform of transforms) {
    if (typeof transform === "function") {
      const calling = callTransform(transform, text);
      const shaped = signal ? await Promise.race([calling, endOf(signal)]) : await calling;
      if (shaped === null) throw new Error("the program asked it to stop");
      text = shaped;
      continue;
    }
    const rule = ruleOf(transform);
    if (!isPure(rule)) throw new Error("a command shapes what a stage is given; none follows here");
    const shaped = applyTransform(rule, text);
    if ("fault" in shaped) throw new Error(shaped.fault);
    text = shaped.text;
  }
  return text;
}

export function describe(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.trim() === "" ? "the function failed and said nothing" : text;
}

function endOf(over: AbortSignal): Promise<null> {
  if (over.aborted) return Promise.resolve(null);
  return new Promise((resolve) => {
    over.addEventListener("abort", () => resolve(null), { once: true });
  });
}

async function callTransform(shape: TransformFunction, text: string): Promise<string> {
  const result: unknown = await shape(text);
  if (typeof result === "string") return result;
  throw new Error(
    `the function gave ${result === null ? "null" : typeof result} instead of a text`,
  );
}

function ruleOf(transform: Exclude<StageTransform, TransformFunction>): Transform {
  if ("first" in transform) return { kind: "first", characters: transform.first };
  if ("last" in transform) return { kind: "last", characters: transform.last };
  if ("path" in transform) return { kind: "json_path", path: transform.path };
  if ("shell" in transform) {
    return { kind: "shell", command: transform.shell, timeoutMs: 0, maxBytes: 0 };
  }
  return { kind: "json", schema: transform.json === true ? null : transform.json.schema };
}
