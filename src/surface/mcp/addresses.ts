/** What can be read of a session under an address of its own. */
export const sessionParts = ["session", "transcript", "events", "artifacts"] as const;
export type SessionPart = (typeof sessionParts)[number];

export interface SessionAddress {
  readonly part: SessionPart;
  readonly sessionId: string;
}

/** `agentpool://sessions/ap_1`, `…/ap_1/transcript`, `…/ap_1/events`, `agentpool://artifacts/ap_1`. */
export function formatAddress(part: SessionPart, sessionId: string): string {
  const id = encodeURIComponent(sessionId);
  switch (part) {
    case "session":
      return `agentpool://sessions/${id}`;
    case "artifacts":
      return `agentpool://artifacts/${id}`;
    case "transcript":
    case "events":
      return `agentpool://sessions/${id}/${part}`;
  }
}

/** Undefined for what is no address of a session. */
export function parseAddress(uri: string): SessionAddress | undefined {
  const [, place, rawId = "", part = ""] =
    /^agentpool:\/\/(sessions|artifacts)\/([^/?#]+)(?:\/(transcript|events))?$/.exec(uri) ?? [];
  if (place === undefined || (place === "artifacts" && part !== "")) return undefined;
  let sessionId: string;
  try {
    sessionId = decodeURIComponent(rawId);
  } catch {
    return undefined;
  }
  if (place === "artifacts") return { part: "artifacts", sessionId };
  return { part: part === "" ? "session" : (part as SessionPart), sessionId };
}
