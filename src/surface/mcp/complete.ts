import type { Caller } from "../../rpc/wire.ts";

const maxValues = 100;

/**
 * What an argument of a prompt, or the id in an address, may be: the newest workers of this
 * coordinator, or the providers that are installed. Nothing for what is free text.
 */
export async function complete(
  argument: { readonly name: string; readonly value: string },
  asking: {
    readonly caller: Pick<Caller, "call">;
    readonly coordinator: string;
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
  },
  signal: AbortSignal,
): Promise<{ values: string[]; total: number; hasMore: boolean }> {
  const known = await candidates(argument.name, asking, signal);
  // a list is completed at its last element
  const [, before = "", begun = ""] =
    argument.name === "provider_ids"
      ? (/^(.*,\s*)?([^,]*)$/.exec(argument.value) ?? [])
      : ["", "", argument.value];
  const fitting = known.filter((one) => one.startsWith(begun)).map((one) => `${before}${one}`);
  return {
    values: fitting.slice(0, maxValues),
    total: fitting.length,
    hasMore: fitting.length > maxValues,
  };
}

async function candidates(
  name: string,
  { caller, coordinator, cwd, env }: Parameters<typeof complete>[1],
  signal: AbortSignal,
): Promise<readonly string[]> {
  switch (name) {
    case "session_id": {
      const request = { input: { limit: maxValues }, cwd, coordinator };
      const { sessions } = (await caller.call("session.list", request, { signal })) as {
        sessions: readonly { readonly id: string }[];
      };
      return sessions.map((one) => one.id);
    }
    case "provider_id":
    case "provider_ids": {
      const request = { input: {}, cwd, env, coordinator };
      const { providers } = (await caller.call("provider.inventory", request, { signal })) as {
        providers: readonly { readonly id: string; readonly installed: boolean }[];
      };
      return providers.filter((one) => one.installed).map((one) => one.id);
    }
    default:
      return [];
  }
}
