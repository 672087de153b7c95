import { existsSync } from "node:fs";
import type { Home } from "../../../platform/home.ts";
import { policyReader } from "../../../session/policy-file.ts";
import type { Check } from "./check.ts";

/** Whether the policy file holds what it says; while it does not, nothing is started. @throws invalid_config */
export async function checkPolicy({ policy }: Home): Promise<Check> {
  const name = "policy";
  const { answers } = await policyReader(policy)();
  if (!existsSync(policy))
    return { name, status: "ok", message: "none; nothing is answered by rule" };
  return { name, status: "ok", message: `${policy}, ${answers.rules.length} rules` };
}
