import { AgentpoolError } from "../../domain/errors.ts";
import { agentHolder, sessionHolder } from "../../domain/hold.ts";
import { nearest } from "../../domain/nearest.ts";
import type { Store } from "../../store/store.ts";

/**
 * The participant somebody means: `person`, a session by id, prefix or name (live or over), an agent
 * outside by its name, or any of them in full (`agent:ci`, `session:ap_…`).
 * @throws recipient_not_found, ambiguous_id
 */
export async function findParticipant(
  store: Pick<Store, "sessions" | "participants">,
  named: string,
): Promise<string> {
  if (named === "person") return named;
  const [, kind = "", name = ""] = /^(session|agent|coordinator):(.+)$/.exec(named) ?? [];
  if (kind === "session") {
    const [session] = await store.sessions.resolve(name);
    if (session?.id === name) return named;
    throw await unknown(store, named);
  }
  if (kind !== "") {
    if (await store.participants.get(named)) return named;
    throw await unknown(store, named);
  }
  const sessions = await store.sessions.resolve(named);
  const outside = await store.participants.get(agentHolder(named));
  const found = [...sessions.map(({ id }) => sessionHolder(id)), ...(outside ? [outside.id] : [])];
  const [first] = found;
  if (first && found.length === 1) return first;
  if (!first) throw await unknown(store, named);
  throw new AgentpoolError("ambiguous_id", `"${named}" fits ${found.length} participants`, {
    why: "An id, the beginning of one, or a name must fit exactly one.",
    hint: `Say which: ${found.join(", ")}`,
    details: { participants: found },
  });
}

async function unknown(
  store: Pick<Store, "sessions" | "participants">,
  named: string,
): Promise<AgentpoolError> {
  const { sessions } = await store.sessions.list({ limit: 200, offset: 0 });
  const outside = (await store.participants.list())
    .map(({ id }) => id)
    .filter((id) => !id.startsWith("session:"));
  const names = [
    "person",
    ...sessions.flatMap(({ id, name }) => (name === null ? [id] : [name, id])),
    ...outside.flatMap((id) => [id.replace(/^agent:/, ""), id]),
  ];
  const near = nearest(named, names);
  return new AgentpoolError("recipient_not_found", `Nobody is called "${named}"`, {
    why: "No session of this home has this id or name, and no agent outside registered under it.",
    hint: near ? `Did you mean ${near}? See all: agentpool agents` : "See all: agentpool agents",
  });
}
