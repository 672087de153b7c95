import { isObject } from "../../domain/json/json-schema.ts";
import type { SessionToolset } from "../../domain/toolset.ts";
import { fillTemplate, itemLookup, placeholdersIn } from "../../domain/template.ts";
import type { PoolTask } from "../kinds/pool.ts";
import { shortTitle } from "../kinds/title.ts";
import { whyNotPrompt, type Path, type RunReader } from "./run-reader.ts";
import { isWorkerField, readFields, resolveWorker } from "./worker-fields.ts";

type Section = Readonly<Record<string, unknown>>;

/**
 * Tasks that stand for themselves. One that cannot be done, because nobody is named for it or its
 * words are no task, keeps its place with the reason: the others are done all the same.
 * @param usual what holds of a worker where an entry says nothing
 * @param toolset of workers whose profile names none
 */
export function readTasks(
  reader: RunReader,
  path: Path,
  list: readonly unknown[],
  usual: Section = {},
  toolset: SessionToolset | null = null,
): PoolTask[] {
  const inherited = Object.entries(usual).filter(([field]) => isWorkerField(field));
  const graph = readDependencies(reader, path, list);
  return list.map((entry, index) => {
    const section = isObject(entry) ? entry : { prompt: entry };
    const said = { ...Object.fromEntries(inherited), ...section };
    const task = readTask(reader, [...path, index], said, toolset);
    const dependsOn = graph[index] ?? [];
    return dependsOn.length === 0 ? task : { ...task, dependsOn };
  });
}

/** What each task waits for, by places from 0. */
function readDependencies(
  reader: RunReader,
  path: Path,
  list: readonly unknown[],
): readonly (readonly number[])[] {
  const graph = list.map((entry, index) => {
    const places = isObject(entry) ? ((entry["depends_on"] ?? []) as readonly number[]) : [];
    for (const place of places.filter((one) => one > list.length)) {
      const at = [...path, index, "depends_on"];
      reader.fault(at, `names task ${place}, and there are ${list.length}`);
    }
    return [...new Set(places.map((place) => place - 1))];
  });
  // what waits for nothing that is left is taken away until nothing more can be
  const left = new Set(graph.keys());
  for (let before = -1; before !== left.size;) {
    before = left.size;
    for (const index of left) if (!graph[index]?.some((one) => left.has(one))) left.delete(index);
  }
  const [first] = left;
  if (first !== undefined) {
    reader.fault([...path, first, "depends_on"], "leads in a circle: it waits for itself");
  }
  return graph;
}

/** One task for each entry, by a template. */
export function readForeach(reader: RunReader, values: Section): PoolTask[] {
  const items = values["foreach"] as readonly unknown[];
  const prompt = values["prompt"];
  const title = values["title"] as string | undefined;
  if (typeof prompt !== "string") {
    reader.fault(["foreach"], "needs a template beside it: prompt");
    return [];
  }
  return items.map((item, index) => {
    const lookup = itemLookup(item, index);
    const lacking = [...placeholdersIn(prompt), ...placeholdersIn(title ?? "")].find(
      (name) => name.startsWith("item.") && lookup(name) === undefined,
    );
    const task = readTask(reader, ["foreach", index], {
      prompt: fillTemplate(prompt, lookup),
      ...(title !== undefined ? { title: fillTemplate(title, lookup) } : {}),
    });
    if (lacking === undefined) return task;
    return {
      ...task,
      worker: { refused: `the template names {${lacking}}, which entry ${index + 1} lacks` },
    };
  });
}

function readTask(
  reader: RunReader,
  path: Path,
  section: Section,
  toolset: SessionToolset | null = null,
): PoolTask {
  const body = section["prompt"] as string;
  const own = readFields(reader, path, section);
  const { attempts, ...resolved } = resolveWorker(reader, own, { toolset });
  const fault = whyNotPrompt(body);
  const refused =
    fault === undefined ? undefined : `its prompt cannot be given to an agent: ${fault}`;
  return {
    title: shortTitle((section["title"] as string | undefined) ?? body),
    body,
    priority: (section["priority"] as number | undefined) ?? 0,
    tags: (section["tags"] as readonly string[] | undefined) ?? [],
    maxAttempts: attempts,
    worker:
      refused === undefined
        ? "worker" in resolved
          ? resolved.worker
          : { refused: resolved.refused }
        : { refused },
  };
}
