import type { Store } from "../store/store.ts";

/** A name is a person's own and may stand twice; then it names neither, and only ids do. */
export async function nameWarning(
  store: { readonly sessions: Pick<Store["sessions"], "live"> },
  name: string | null,
): Promise<string[]> {
  if (name === null) return [];
  const other = (await store.sessions.live()).find((session) => session.name === name);
  if (!other) return [];
  return [`${other.id} is called ${name} too: as long as both live, name them by their ids`];
}
