import type { UsageContext } from "../../src/provider/definition.ts";
import { t0 } from "./session.ts";

/** What a probe is given; a part it must not use is a failure of the test. */
export function usageContext(parts: Partial<UsageContext> = {}): UsageContext {
  const never = (what: string) => (): never => {
    throw new Error(`the probe used ${what}`);
  };
  return {
    binary: "/bin/agent",
    env: {},
    folder: null,
    now: t0,
    read: never("read"),
    list: never("list"),
    exec: never("exec"),
    converse: never("converse"),
    watch: never("watch"),
    request: never("request"),
    ...parts,
  };
}

/** A service that answers each request with this. */
export function answering(
  status: number,
  body: Uint8Array | object,
): { readonly request: UsageContext["request"]; readonly asked: [string, object][] } {
  const asked: [string, object][] = [];
  return {
    asked,
    request: async (url, options) => {
      asked.push([url, options]);
      const bytes = body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
      return { status, body: bytes };
    },
  };
}
