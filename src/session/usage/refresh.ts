import { accountFolder, accountOf } from "../../provider/account.ts";
import { AgentpoolError } from "../../domain/errors.ts";
import { cleanWindows, shortText } from "../../domain/usage-windows.ts";
import type { UsageSnapshot } from "../../domain/usage.ts";
import { pause } from "../../platform/clock.ts";
import { newId } from "../../platform/new-id.ts";
import { redact } from "../../platform/redact.ts";
import type { ProviderDefinition, UsageProbe } from "../../provider/definition.ts";
import type { Catalogue } from "../../provider/discover.ts";
import { agentEnvironment } from "../../provider/environment.ts";
import type { BinaryFinder } from "../../provider/find-binary.ts";
import type { Store } from "../../store/store.ts";
import { probeContext, type ProbeParts } from "./context.ts";
import { ccusageProbe, codexbarProbe } from "./helpers.ts";

export type UsageBackend = "native" | "codexbar" | "ccusage" | "combined";

export interface RefreshParts extends ProbeParts {
  readonly store: Store;
  readonly catalogue: Pick<Catalogue, "get" | "all">;
  readonly binaries: Pick<BinaryFinder, "find">;
}

export interface RefreshRequest {
  /** One provider, by id or alias; null for all that tell anything. */
  readonly provider: string | null;
  readonly backend: UsageBackend;
  /** Also asks where that spends something. */
  readonly costly: boolean;
  /** For everything together. */
  readonly timeoutMs: number;
  /** Environment of whoever asks. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * - `told`: a probe told windows, which are kept.
 * - `nothing`: there is nobody to ask; only live sessions tell.
 */
export type RefreshOutcome = "told" | "nothing" | "unauthenticated" | "unavailable" | "unknown";

export interface Refreshed {
  readonly accountId: string;
  readonly providerId: string;
  readonly outcome: RefreshOutcome;
  readonly warnings: readonly string[];
}

/**
 * Asks providers what is left of the account that this environment uses, all at the same time, and
 * keeps what they tell. A slow one is `unknown`, and `partial` says that there was one.
 * @throws provider_not_found, provider_required, invalid_config for the provider that was named
 */
export async function refreshUsage(
  parts: RefreshParts,
  request: RefreshRequest,
  given: AbortSignal,
): Promise<{ readonly refreshed: readonly Refreshed[]; readonly partial: boolean }> {
  const definitions =
    request.provider === null
      ? (await parts.catalogue.all()).providers
          .map(({ definition }) => definition)
          .filter(({ usage }) => usage !== undefined)
      : [(await parts.catalogue.get(request.provider)).definition];
  const over = new AbortController();
  const late = pause(request.timeoutMs, { signal: over.signal, keepAlive: true });
  const signal = AbortSignal.any([given, over.signal]);
  let partial = false;
  const asked = definitions.map(async (definition): Promise<Refreshed> => {
    const slow = late.then((): Refreshed => {
      partial = true;
      return { ...placeOf(definition, request), outcome: "unknown", warnings: [tooSlow(request)] };
    });
    return Promise.race([refreshOne(parts, definition, { request, signal }), slow]);
  });
  void late.then(() => over.abort());
  try {
    return { refreshed: await Promise.all(asked), partial };
  } finally {
    over.abort();
  }
}

interface Asking {
  readonly request: RefreshRequest;
  readonly signal: AbortSignal;
}

async function refreshOne(
  parts: RefreshParts,
  definition: ProviderDefinition,
  { request, signal }: Asking,
): Promise<Refreshed> {
  const place = placeOf(definition, request);
  const probes = probesOf(definition, request);
  const costly = definition.usage?.probes.some((probe) => probe.costly === true) === true;
  const { found } = await parts.binaries.find(definition, request.env);
  if (!found) {
    const warning = `${definition.displayName} is not installed: ${definition.binary.install}`;
    return { ...place, outcome: "unavailable", warnings: [warning] };
  }
  if (probes.length === 0) {
    const more =
      costly && !request.costly ? "; with --costly a start of it is spent on asking" : "";
    const warning = `${definition.displayName} is asked by nobody${more}`;
    return { ...place, outcome: "nothing", warnings: definition.usage ? [warning] : [] };
  }
  const warnings: string[] = [];
  let outcome: RefreshOutcome = "unknown";
  for (const probe of probes) {
    const env = environmentOf(definition, request);
    const folder = accountFolder(definition, env);
    const asked = { probe, binary: found.path, folder, env, signal };
    const { ctx, secrets } = probeContext(parts, asked);
    try {
      const answer = await probe.ask(ctx);
      if (signal.aborted) break;
      const at = parts.now();
      const windows = cleanWindows(answer.windows, at).map((window) => ({
        ...window,
        name: redact(window.name, secrets()),
      }));
      if (windows.length === 0) {
        warnings.push(`${probe.id}: it told no window that makes sense`);
        continue;
      }
      await keep(parts, {
        id: newId("usage", at),
        ...place,
        at,
        source: probe.id,
        confidence: probe.confidence,
        plan: shortText(typeof answer.plan === "string" ? redact(answer.plan, secrets()) : null),
        windows,
      });
      return { ...place, outcome: "told", warnings };
    } catch (thrown) {
      const error = AgentpoolError.from(thrown);
      if (error.code === "not_logged_in") outcome = "unauthenticated";
      const text = [
        error.message,
        error.why ?? "",
        error.hint === undefined ? "" : `(${error.hint})`,
      ];
      warnings.push(redact(`${probe.id}: ${text.filter(Boolean).join(" ")}`, secrets()));
    }
  }
  return { ...place, outcome, warnings };
}

function placeOf(
  definition: ProviderDefinition,
  request: RefreshRequest,
): Pick<Refreshed, "accountId" | "providerId"> {
  const accountId = accountOf(definition, environmentOf(definition, request));
  return { accountId, providerId: definition.id };
}

function environmentOf(
  { env: declared }: ProviderDefinition,
  { env }: RefreshRequest,
): Readonly<Record<string, string>> {
  return agentEnvironment(env, { declared, named: [] }).values;
}

function probesOf({ usage }: ProviderDefinition, request: RefreshRequest): UsageProbe[] {
  const native = (usage?.probes ?? []).filter((probe) => !probe.costly || request.costly);
  switch (request.backend) {
    case "native":
      return native;
    case "codexbar":
      return codexbarProbe(usage?.helpers);
    case "ccusage":
      return ccusageProbe(usage?.helpers);
    case "combined":
      return [...native, ...codexbarProbe(usage?.helpers), ...ccusageProbe(usage?.helpers)];
  }
}

async function keep({ store }: RefreshParts, insert: UsageSnapshot): Promise<void> {
  await store.commit({ guards: [], writes: [{ noun: "usage", insert }], events: [] });
}

function tooSlow({ timeoutMs }: RefreshRequest): string {
  return `it did not answer within ${Math.round(timeoutMs / 100) / 10} s`;
}
