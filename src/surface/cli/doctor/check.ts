import { AgentpoolError, messageWithWhy } from "../../../domain/errors.ts";

/** One thing looked at. `fail` keeps agentpool from working, `warn` does not. */
export interface Check {
  readonly name: string;
  readonly status: "ok" | "warn" | "fail";
  readonly message: string;
  /** What to type to repair it. */
  readonly repair?: string;
}

/** Turns what a check threw into a failed check. */
export async function checked(name: string, look: () => Promise<Check> | Check): Promise<Check> {
  try {
    return await look();
  } catch (thrown) {
    const error = AgentpoolError.from(thrown);
    return {
      name,
      status: "fail",
      message: messageWithWhy(error),
      ...(error.hint === undefined ? {} : { repair: error.hint }),
    };
  }
}
