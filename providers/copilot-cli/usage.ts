import {
  AgentpoolError,
  type UsageAnswer,
  type UsageContext,
  type UsageFacts,
} from "../../src/provider/definition.ts";
import { parseFields } from "./fields.ts";
import { readUser } from "./quota.ts";

/** In the order in which the CLI looks for them. */
const tokenNames = ["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"];
const ghWithinMs = 5_000;

export const usage: UsageFacts = {
  probes: [
    {
      id: "github-copilot-quota",
      does: `asks GitHub for the quota of the Copilot user, with the token in ${tokenNames.join(", ")} or, where none is set, that of "gh auth token"`,
      hosts: ["api.github.com"],
      confidence: "official",
      ask,
    },
  ],
  helpers: { codexbar: "copilot" },
};

async function ask(ctx: UsageContext): Promise<UsageAnswer> {
  const { status, body } = await ctx.request("https://api.github.com/copilot_internal/user", {
    headers: {
      authorization: `token ${await tokenOf(ctx)}`,
      accept: "application/json",
      "user-agent": "agentpool",
    },
  });
  if (status === 401 || status === 403 || status === 404) {
    throw signedOut(`GitHub answered ${status} to the token: it is no Copilot user's.`);
  }
  const { windows, plan } = readUser(parseFields(new TextDecoder().decode(body)));
  if (windows.length > 0) return { windows, plan };
  throw new AgentpoolError("usage_unknown", "GitHub tells no quota of this Copilot user", {
    why: `It answered ${status}.`,
  });
}

async function tokenOf({ env, exec }: UsageContext): Promise<string> {
  const named = tokenNames.map((name) => env[name] ?? "").find((value) => value !== "");
  if (named !== undefined) return named;
  const printed = await exec(["gh", "auth", "token"], { timeoutMs: ghWithinMs }).catch(() => null);
  const token = printed?.exitCode === 0 ? printed.stdout.trim() : "";
  if (token !== "") return token;
  throw signedOut(`None of ${tokenNames.join(", ")} is set, and gh has no token.`);
}

function signedOut(why: string): AgentpoolError {
  return new AgentpoolError("not_logged_in", "Nobody is signed in to GitHub here", {
    why,
    hint: "gh auth login",
  });
}
