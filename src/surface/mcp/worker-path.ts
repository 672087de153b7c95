type Change = (holder: Readonly<Record<string, unknown>>, name: string) => Record<string, unknown>;

/**
 * A copy of an output in which the object around every text at the paths is what `change` makes of
 * it. Paths are `worker_output.text`, `prompts[].text` (in each element), `git.changed_files[]` (a
 * list of texts, given as a whole).
 */
export function changeAt(output: unknown, paths: readonly string[], change: Change): unknown {
  let changed = output;
  for (const path of paths) changed = changeInside(changed, parseWorkerPath(path), change);
  return changed;
}

export interface PathStep {
  readonly name: string;
  readonly isList: boolean;
}

export function parseWorkerPath(path: string): readonly PathStep[] {
  return path.split(".").map((word) => ({
    name: word.replace(/\[\]$/, ""),
    isList: word.endsWith("[]"),
  }));
}

function changeInside(
  value: unknown,
  [step, ...rest]: readonly PathStep[],
  change: Change,
): unknown {
  if (!step || !isObject(value) || !(step.name in value)) return value;
  if (rest.length === 0) return change(value, step.name);
  const inner = value[step.name];
  return {
    ...value,
    [step.name]:
      step.isList && Array.isArray(inner)
        ? inner.map((element) => changeInside(element, rest, change))
        : changeInside(inner, rest, change),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
