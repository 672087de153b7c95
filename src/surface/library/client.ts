import type { Vocabulary } from "../../operations/index.ts";
import type { EventJson } from "../../operations/projection.ts";
import type { Progress } from "../../rpc/wire.ts";
import type { Camel, CamelFields } from "./camel-case.ts";

export interface CallSettings {
  /** Gives up the call; what it asked for may happen all the same. */
  readonly signal?: AbortSignal | undefined;
  /** A call repeated with the same key acts once. */
  readonly idempotencyKey?: string | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** How long the call may take; without it as long as the operation takes. */
  readonly timeoutMs?: number | undefined;
}

export interface EventSettings {
  /** Events with a greater number; from this moment on when absent. */
  readonly after?: number | undefined;
  readonly sessions?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type AgentpoolEvent = Camel<EventJson>;

type Given<One> = One extends { readonly types?: { readonly given: infer G } } ? G : never;
type Output<One> = One extends { readonly types?: { readonly output: infer O } } ? O : never;

/** Names of the fields that must be given; an object without fields has none. */
type Needed<T> = string extends keyof T
  ? never
  : { [Key in keyof T]-?: undefined extends T[Key] ? never : Key }[keyof T];

/** Input may be left out where no field of it is needed. */
type Method<One> = [Needed<Given<One>>] extends [never]
  ? (input?: CamelFields<Given<One>>, settings?: CallSettings) => Promise<Camel<Output<One>>>
  : (input: CamelFields<Given<One>>, settings?: CallSettings) => Promise<Camel<Output<One>>>;

type Noun<Name extends string> = Name extends `${infer First}.${string}` ? First : never;

/** `client.session.spawn(...)`: a method for each operation, by its name. */
export type Methods = {
  readonly [N in Noun<Vocabulary["name"]>]: {
    readonly [
      One in Vocabulary as One["name"] extends `${N}.${infer Verb}` ? Verb : never
    ]: Method<One>;
  };
};

/**
 * Asks for operations. Errors are `AgentpoolError` with a permanent code. A supervisor that dies
 * in the middle of a call is replaced and the call made again, with the same idempotency key.
 */
export interface AgentPoolClient extends Methods, AsyncDisposable {
  /** Every event after a cursor, gap-free and live, until the loop is left or the signal aborts. */
  events(settings?: EventSettings): AsyncIterable<AgentpoolEvent>;
  /** Ends open calls and event loops of this client; sessions live on. */
  close(): Promise<void>;
}
