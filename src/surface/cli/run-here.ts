import { person } from "../../domain/principal.ts";
import type { App } from "../../operations/app.ts";
import type { Operation } from "../../operations/define.ts";
import type { CallRequest } from "../../rpc/wire.ts";
import { withDefaults } from "./reader.ts";

/** Runs an operation in this process, over as much of the app as is there; its output as JSON has it. */
export async function runHere(
  operation: Operation,
  request: CallRequest,
  app: App,
): Promise<unknown> {
  const output = await operation.run(
    {
      app,
      principal: person,
      idempotencyKey: "",
      signal: new AbortController().signal,
      env: request.env ?? {},
      cwd: request.cwd ?? process.cwd(),
      progress: () => undefined,
    },
    withDefaults(operation, request.input) as never,
  );
  return JSON.parse(JSON.stringify(output)) as unknown;
}
