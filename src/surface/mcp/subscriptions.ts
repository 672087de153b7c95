import { AgentpoolError } from "../../domain/errors.ts";
import type { EventJson } from "../../operations/projection.ts";
import type { Caller } from "../../rpc/wire.ts";
import { formatAddress, parseAddress, type SessionPart } from "./addresses.ts";

/** Which addresses a host wants to hear of, and the following of events while there are any. */
export interface Subscriptions {
  /** @param holder what the wish ends with; a later wish of the same holder replaces the first */
  add(holder: string, uris: readonly string[]): void;
  remove(holder: string): void;
  /** Follows nothing any more. */
  close(): void;
}

const pauseMs = 1_000;

/**
 * Follows the events of sessions while somebody wants to hear of one, and tells the addresses that
 * read otherwise now. Ids are meant as they stand in the address, so subscriptions name whole ids.
 */
export function createSubscriptions(options: {
  readonly caller: Pick<Caller, "events">;
  readonly changed: (uri: string) => void;
  readonly log: (line: string) => void;
}): Subscriptions {
  const wanted = new Map<string, readonly string[]>();
  let following: AbortController | undefined;

  const isWanted = (uri: string): boolean =>
    [...wanted.values()].some((uris) => uris.includes(uri));

  async function follow(signal: AbortSignal): Promise<void> {
    let after: number | undefined;
    while (!signal.aborted) {
      try {
        const request = after === undefined ? {} : { after };
        for await (const event of options.caller.events(request, signal)) {
          after = event.seq;
          for (const uri of addressesOf(event)) if (isWanted(uri)) options.changed(uri);
        }
      } catch (thrown) {
        if (signal.aborted) return;
        options.log(`following sessions: ${AgentpoolError.from(thrown).message}`);
        await new Promise((resolve) => setTimeout(resolve, pauseMs).unref());
      }
    }
  }

  function settle(): void {
    if (wanted.size === 0) {
      following?.abort();
      following = undefined;
    } else if (!following) {
      following = new AbortController();
      void follow(following.signal);
    }
  }

  return {
    add(holder, uris) {
      const known = uris.filter((uri) => parseAddress(uri) !== undefined);
      if (known.length === 0) return;
      wanted.set(holder, known);
      settle();
    },
    remove(holder) {
      wanted.delete(holder);
      settle();
    },
    close() {
      wanted.clear();
      settle();
    },
  };
}

/** The addresses that read otherwise after this. */
function addressesOf(event: EventJson): readonly string[] {
  const { session_id: id, type } = event;
  if (id === null) return [];
  const parts: SessionPart[] = ["events"];
  if (/^(session|turn|prompt|delivery|limit|agent|background)_/.test(type)) parts.push("session");
  if (type.startsWith("turn_")) parts.push("transcript");
  if (type === "artifacts_collected") parts.push("artifacts");
  return parts.map((part) => formatAddress(part, id));
}
