import { accountState } from "../../domain/account.ts";
import { formatTime, formatTimeOrNull } from "../../domain/time.ts";
import { defineOperation } from "../define.ts";
import { table } from "../table.ts";

interface AccountJson {
  account_id: string;
  provider_id: string;
  state: string;
  limited_until: string | null;
  resets_at: string | null;
  because: string | null;
  met_by: string | null;
  live_sessions: readonly string[];
}

export interface Output {
  accounts: AccountJson[];
}

export const list = defineOperation<Record<string, never>, Output>()({
  name: "account.list",
  toolset: "usage",
  summary: "List the accounts in use, and which stand still at a limit",
  about:
    "An account is a provider and the folder its sign-in lies in. One that met a limit takes no " +
    "prompt and no new session before its reset; then one session at a time tries it, and the " +
    "first turn that is completed lifts the limit for all.",
  effect: "read",
  schemas: (z) => ({
    input: z.strictObject({}),
    output: z.looseObject({
      accounts: z.array(
        z.looseObject({
          account_id: z.string(),
          provider_id: z.string(),
          state: z.string(),
          limited_until: z.string().nullable(),
        }),
      ),
    }),
  }),
  errors: [],
  cli: {
    command: "accounts",
    ids: "accounts.id",
    group: "Setup",
    aliases: ["accounts list"],
    examples: ["agentpool accounts"],
    render: (output, style) =>
      output.accounts.length === 0
        ? "No session uses an account yet."
        : table(
            ["ACCOUNT", "STATE", "UNTIL", "LIVE", "BECAUSE"],
            output.accounts.map((one) => [
              one.account_id,
              one.state === "available" ? style.green(one.state) : style.yellow(one.state),
              one.limited_until ?? "-",
              String(one.live_sessions.length),
              one.because ?? "",
            ]),
            style,
          ),
  },
  mcp: {
    tool: "list_accounts",
    title: "List accounts",
    description:
      "List the accounts that workers use and until when each stands still at a usage limit.",
    idempotent: true,
    openWorld: false,
    workerText: ["accounts[].because"],
  },
  run: async (ctx) => {
    const { store, now } = ctx.app;
    const [known, live] = await Promise.all([store.accounts.list(), store.sessions.live()]);
    const accounts = new Map(known.map((account) => [account.id, account]));
    for (const { accountId, providerId } of live) {
      if (accountId === null || accounts.has(accountId)) continue;
      accounts.set(accountId, { id: accountId, providerId, limit: null });
    }
    const sorted = [...accounts.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
    return {
      accounts: sorted.map((account) => ({
        account_id: account.id,
        provider_id: account.providerId,
        state: accountState(account, now()),
        limited_until: account.limit && formatTime(account.limit.until),
        resets_at: formatTimeOrNull(account.limit?.resetsAt ?? null),
        because: account.limit?.because ?? null,
        met_by: account.limit?.sessionId ?? null,
        live_sessions: live.filter((one) => one.accountId === account.id).map(({ id }) => id),
      })),
    };
  },
});
