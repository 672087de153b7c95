import { z } from "zod";
import { AgentpoolError } from "../domain/errors.ts";
import { nearest } from "../domain/nearest.ts";
import type { Principal } from "../domain/principal.ts";
import type { App } from "../operations/app.ts";
import { admit, meant, ownKey, recordRefused } from "../operations/admit.ts";
import type { Operation, OperationContext } from "../operations/define.ts";
import { asUnwritableHome } from "../platform/unwritable-home.ts";
import { invalidInput } from "./invalid-input.ts";

export interface Request {
  readonly name: string;
  readonly input: unknown;
  readonly principal: Principal;
  readonly idempotencyKey: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly progress: OperationContext["progress"];
}

/**
 * Finds the operation, checks its input and runs it.
 * @throws unknown_operation, invalid_input, provider_required, what a session may not ask for, and
 *   what the operation throws
 */
export type Perform = (request: Request) => Promise<unknown>;

/**
 * The one way an operation is run, whichever window asked. A request that is made again while it is
 * still under way waits for its end first, so that it finds what became of it.
 */
export function createPerform(operations: readonly Operation[], app: App): Perform {
  const byName = new Map(operations.map((operation) => [operation.name, operation]));
  const schemas = new Map<string, z.ZodObject>();
  const underWay = new Map<string, Promise<unknown>>();

  const schemaOf = (operation: Operation): z.ZodObject => {
    const known = schemas.get(operation.name);
    if (known) return known;
    const { input } = operation.schemas(z);
    schemas.set(operation.name, input);
    return input;
  };

  return async (request) => {
    const operation = byName.get(request.name);
    if (!operation) throw unknownOperation(request.name, [...byName.keys()], app.version);
    const schema = schemaOf(operation);
    const parsed = schema.safeParse(request.input);
    if (!parsed.success) {
      throw invalidInput(operation, request.input, parsed.error.issues, Object.keys(schema.shape));
    }
    const asking = { app, principal: request.principal };
    const input = await meant(asking, parsed.data);
    await admit(operation, asking, input);
    const idempotencyKey = ownKey(request.principal, request.idempotencyKey, input);
    const context: OperationContext = {
      app,
      principal: request.principal,
      idempotencyKey,
      signal: request.signal,
      env: operation.wantsEnvironment ? request.env : {},
      cwd: request.cwd,
      progress: request.progress,
    };
    const key = `${operation.name} ${idempotencyKey}`;
    const before = underWay.get(key);
    const run = async (): Promise<unknown> => {
      await before;
      return operation.run(context, input as never);
    };
    const running = run();
    const ended = running.then(
      () => undefined,
      () => undefined,
    );
    underWay.set(key, ended);
    try {
      return await running;
    } catch (thrown) {
      await recordRefused(operation, asking, thrown);
      throw asUnwritableHome(app.home.root, thrown) ?? thrown;
    } finally {
      if (underWay.get(key) === ended) underWay.delete(key);
    }
  };
}

function unknownOperation(name: string, known: readonly string[], version: string): AgentpoolError {
  const near = nearest(name, known);
  return new AgentpoolError("unknown_operation", `No operation "${name}"`, {
    why: `This is agentpool ${version}.`,
    hint: near ? `Did you mean ${near}?` : `Operations: ${known.join(", ")}.`,
  });
}
