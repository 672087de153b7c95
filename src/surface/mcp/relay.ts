import { randomBytes } from "node:crypto";
import { AgentpoolError } from "../../domain/errors.ts";
import type { Caller } from "../../rpc/wire.ts";
import { errorBody, errorText } from "./error-result.ts";
import { createFence, type Fence } from "./fence.ts";
import { callLimitMs } from "./limits.ts";
import { gateFiles, omitWorkerText } from "./lockdown.ts";
import { linksOf, type ResourceLink } from "./links.ts";
import type { ManifestTool, McpManifest } from "./manifest.ts";
import type { ProgressReport } from "./progress.ts";
import { readArguments, type ReadCall } from "./read-arguments.ts";
import { shortenEchoes } from "./shorten-echoes.ts";
import { shortenTexts } from "./shorten-texts.ts";
import { placeOfCall } from "./place-of-call.ts";

export interface ToolResult {
  [key: string]: unknown;
  content: ({ type: "text"; text: string } | ResourceLink)[];
  structuredContent: Record<string, unknown>;
  isError?: true;
}

export interface Relay {
  /** Never rejects: what fails is a result that says so. Any number of calls may run at once. */
  call(
    tool: ManifestTool,
    args: Readonly<Record<string, unknown>>,
    options: {
      readonly signal: AbortSignal;
      readonly progress?: ProgressReport;
      /** False for hosts of revisions that know no links. */
      readonly links?: boolean;
    },
  ): Promise<ToolResult>;
  /** The result of a call that was not made. */
  fail(error: AgentpoolError): ToolResult;
}

export interface RelayOptions {
  readonly caller: Pick<Caller, "call">;
  readonly manifest: McpManifest;
  /** On whose behalf is asked. */
  readonly coordinator: string;
  readonly lockdown: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** For tests. */
  readonly callLimitMs?: number;
}

/** A call that outlived its answer; kept until its caller asks again, or for this long. */
const keepMs = 10 * 60_000;

/** Hands tool calls to whoever acts, and their outcome back in the form of this protocol. */
export function createRelay(options: RelayOptions): Relay {
  const limitMs = options.callLimitMs ?? callLimitMs;
  const outlived = new Map<string, Promise<unknown>>();

  /**
   * Reading may be given up at any time. What changes something is carried to its end even when
   * nobody waits any more: cancelling a call must not leave a worker half started. What waits in
   * order to take something is given up with its call: nobody would know that it was given.
   */
  async function perform(
    tool: ManifestTool,
    call: ReadCall,
    { signal, progress }: Parameters<Relay["call"]>[2],
  ): Promise<unknown> {
    const reads = tool.definition.annotations.readOnlyHint;
    const key = `${tool.operation} ${call.idempotencyKey ?? ""} ${JSON.stringify(call.input)}`;
    const stop = new AbortController();
    const earlier = outlived.get(key);
    const running =
      earlier ??
      options.caller.call(
        tool.operation,
        {
          input: call.input,
          cwd: options.cwd,
          coordinator: options.coordinator,
          ...(call.idempotencyKey === undefined ? {} : { idempotencyKey: call.idempotencyKey }),
          ...(tool.wantsEnvironment ? { env: definedOnly(options.env) } : {}),
        },
        {
          onProgress: (one) => progress?.tell(one),
          ...(reads
            ? { signal: AbortSignal.any([signal, stop.signal]) }
            : tool.endsWithCaller
              ? { signal }
              : {}),
        },
      );
    outlived.delete(key);
    try {
      return await within(running, limitMs, signal);
    } catch (thrown) {
      const isLate = thrown instanceof OutOfTime;
      // who gave up on its outcome may still ask for it a third time
      if (!reads && (isLate || (earlier && signal.aborted))) keep(key, running);
      if (!isLate) throw thrown;
      stop.abort();
      throw takesLonger(tool, limitMs, reads);
    }
  }

  function keep(key: string, running: Promise<unknown>): void {
    outlived.set(key, running);
    const forget = (): void => {
      if (outlived.get(key) === running) outlived.delete(key);
    };
    running.catch(() => undefined).finally(() => setTimeout(forget, keepMs).unref());
  }

  const newFence = (): Fence | undefined =>
    options.lockdown ? undefined : createFence(randomBytes(8).toString("hex"));

  function failure(error: AgentpoolError, fence = newFence(), tool?: ManifestTool): ToolResult {
    const body = errorBody(error, fence, options.manifest, tool);
    return {
      content: [{ type: "text", text: errorText(body) }],
      structuredContent: { error: body },
      isError: true,
    };
  }

  return {
    fail: (error) => failure(error),
    async call(tool, args, given) {
      const fence = newFence();
      try {
        const call = readArguments(tool, args);
        placeOfCall(tool, call.input, options);
        if (call.wait) given.progress?.expect(call.wait.effective);
        const output = shortenTexts(shortenEchoes(await perform(tool, call, given)));
        const shown = fence
          ? fence.output(output, tool.workerText)
          : gateFiles(omitWorkerText(output, [...tool.workerText, ...tool.workerValues]));
        return success(
          given.links === false ? [] : linksOf(tool, output as Record<string, unknown>),
          {
            ...(shown as Record<string, unknown>),
            ...(call.wait
              ? {
                  requested_timeout_seconds: call.wait.requested,
                  effective_timeout_seconds: call.wait.effective,
                }
              : {}),
            ...(call.ignored.length > 0 ? { ignored_arguments: call.ignored } : {}),
          },
        );
      } catch (thrown) {
        return failure(AgentpoolError.from(thrown), fence, tool);
      }
    },
  };
}

function success(
  links: readonly ResourceLink[],
  structuredContent: Record<string, unknown>,
): ToolResult {
  return {
    content: [{ type: "text", text: JSON.stringify(structuredContent) }, ...links],
    structuredContent,
  };
}

class OutOfTime extends Error {}

/** @throws OutOfTime; rejects too when the signal ends the call */
function within<T>(work: Promise<T>, limitMs: number, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new OutOfTime()), limitMs);
    const cancel = (): void =>
      reject(new AgentpoolError("interrupted", "The host cancelled the call"));
    if (signal.aborted) cancel();
    else signal.addEventListener("abort", cancel, { once: true });
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", cancel);
    });
  });
}

function takesLonger(tool: ManifestTool, limitMs: number, reads: boolean): AgentpoolError {
  const { name } = tool.definition;
  return new AgentpoolError("wait_timed_out", `${name} takes longer than ${limitMs / 1000} s`, {
    why: reads ? "No answer came in time." : "It goes on; nothing was cancelled.",
    hint: reads
      ? "Call again."
      : "Make the same call again, with the same arguments, to get its outcome; it will not act twice.",
  });
}

function definedOnly(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).filter((one): one is [string, string] => one[1] !== undefined),
  );
}
