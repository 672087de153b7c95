import {
  AgentpoolError,
  type UsageAnswer,
  type UsageContext,
  type UsageFacts,
} from "../../src/provider/definition.ts";
import { readAnswer, readComplaint } from "./quota.ts";

/** Its first start in a while checks the sign-in and may take seconds. */
const beginMs = 8_000;
const answerMs = 8_000;

export const usage: UsageFacts = {
  probes: [
    {
      id: "codex-app-server",
      does: "starts the CLI's own app server and asks it for the rate limits; it uses the sign-in of the CLI, which is not read here",
      hosts: ["chatgpt.com", "auth.openai.com"],
      confidence: "official",
      ask,
    },
  ],
  helpers: { codexbar: "codex" },
};

async function ask(ctx: UsageContext): Promise<UsageAnswer> {
  return ctx.converse([ctx.binary ?? "codex", "app-server"], async (rpc) => {
    const clientInfo = { name: "agentpool", title: "agentpool", version: "1.0.0" };
    await rpc.call("initialize", { clientInfo }, beginMs);
    rpc.notify("initialized", {});
    try {
      return readAnswer(await rpc.call("account/rateLimits/read", null, answerMs));
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : "";
      const told = readComplaint(message);
      if (told) return told;
      if (!/authentication required|not (?:logged|signed) in|401 unauthorized/i.test(message)) {
        throw thrown;
      }
      throw new AgentpoolError("not_logged_in", "Codex has no account to tell limits of", {
        why: "It is signed out, or uses a key that belongs to no subscription.",
        hint: "codex login",
      });
    }
  });
}
