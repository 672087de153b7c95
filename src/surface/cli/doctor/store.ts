import { accessSync, constants } from "node:fs";
import { AgentpoolError } from "../../../domain/errors.ts";
import type { Home } from "../../../platform/home.ts";
import { checkStore } from "../../../store/open.ts";
import type { Check } from "./check.ts";

/** Whether this agentpool can read and write the store. @throws store_newer, store_failed */
export async function checkStoreFile({ database }: Home): Promise<Check> {
  const name = "store";
  try {
    await checkStore({ file: database });
  } catch (thrown) {
    if (!(thrown instanceof AgentpoolError) || thrown.code !== "store_not_found") throw thrown;
    return { name, status: "ok", message: `${database}, made when it is needed` };
  }
  try {
    accessSync(database, constants.R_OK | constants.W_OK);
  } catch {
    return {
      name,
      status: "fail",
      message: `${database} is not writable`,
      repair: `chmod u+rw ${database}`,
    };
  }
  return { name, status: "ok", message: database };
}
