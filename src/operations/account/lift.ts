import { AgentpoolError } from "../../domain/errors.ts";
import { nearest } from "../../domain/nearest.ts";
import { formatPrincipal } from "../../domain/principal.ts";
import { defineOperation } from "../define.ts";

interface Input {
  account_id: string;
}

export interface Output {
  account_id: string;
  lifted: boolean;
}

export const lift = defineOperation<Input, Output>()({
  name: "account.lift",
  toolset: "usage",
  summary: "Say that the limit of an account is over, before its reset",
  about: "For a quota that was bought or raised. If the limit is met again, it stands again.",
  effect: "write",
  schemas: (z) => ({
    input: z.strictObject({
      account_id: z.string().min(1).describe("Account, as `agentpool accounts` names it"),
    }),
    output: z.looseObject({ account_id: z.string(), lifted: z.boolean() }),
  }),
  errors: ["account_not_found"],
  cli: {
    command: "accounts lift",
    group: "Setup",
    positionals: ["account_id"],
    examples: ["agentpool accounts lift fake"],
    render: (output) =>
      output.lifted
        ? `${output.account_id}  goes on`
        : `${output.account_id}  stood at no limit; nothing to do`,
  },
  run: async (ctx, input) => {
    const { store, accounts } = ctx.app;
    const known = (await store.accounts.list()).map(({ id }) => id);
    const live = (await store.sessions.live()).flatMap((one) => one.accountId ?? []);
    const ids = [...new Set([...known, ...live])];
    if (!ids.includes(input.account_id)) {
      const near = nearest(input.account_id, ids);
      throw new AgentpoolError("account_not_found", `No account is called "${input.account_id}"`, {
        why: ids.length === 0 ? "No session uses one yet." : `Known are: ${ids.join(", ")}.`,
        hint: near === undefined ? "agentpool accounts" : `Did you mean ${near}?`,
      });
    }
    const by = formatPrincipal(ctx.principal);
    const lifted = await accounts.lift(input.account_id, `${by} says that it is over`);
    return { account_id: input.account_id, lifted };
  },
});
