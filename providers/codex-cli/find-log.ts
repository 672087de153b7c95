import type { LogPlace } from "../../src/provider/definition.ts";
import { fieldsOf, textOf, type Fields } from "./fields.ts";

const dayMs = 86_400_000;

/**
 * The rollout of the session, where no hook has named it. It is made with the first prompt and held
 * open by the agent; those of sub-agents are, too, and tell their parent in their first line.
 */
export async function findLog(place: LogPlace): Promise<string | null> {
  const { agentSessionId } = place;
  const open = (await place.openFiles()).filter((path) => /\/rollout-[^/]*\.jsonl$/.test(path));
  for (const path of [...new Set(open)].toSorted().toReversed()) {
    if (agentSessionId === null ? await isMain(place, path) : path.includes(agentSessionId)) {
      return path;
    }
  }
  return agentSessionId === null ? null : findByName(place, agentSessionId);
}

/** Files lie by the local day on which their conversation began. */
async function findByName(place: LogPlace, id: string): Promise<string | null> {
  const sessions = `${place.facts["home"] ?? ""}/sessions`;
  for (const days of [0, 1, -1]) {
    const [year = "", month = "", day = ""] = new Date(place.startedAt + days * dayMs)
      .toISOString()
      .slice(0, 10)
      .split("-");
    const folder = `${sessions}/${year}/${month}/${day}`;
    const found = (await place.list(folder)).find(({ name }) => name.endsWith(`-${id}.jsonl`));
    if (found) return `${folder}/${found.name}`;
  }
  return null;
}

async function isMain(place: LogPlace, path: string): Promise<boolean> {
  const [head = ""] = ((await place.read(path)) ?? "").split("\n", 1);
  const meta = metaOf(head);
  return textOf(meta, "id") !== null && textOf(meta, "parent_thread_id") === null;
}

function metaOf(line: string): Fields {
  try {
    return fieldsOf(fieldsOf(JSON.parse(line) as unknown)["payload"]);
  } catch {
    return {};
  }
}
