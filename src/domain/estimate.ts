/** What one task of the past took; null where it was not measured. */
export interface PastTask {
  readonly providerId: string;
  readonly model: string | null;
  readonly role: string | null;
  readonly durationMs: number;
  readonly tokens: number | null;
  readonly usd: number | null;
}

/** Tasks of one sort that a run will have. */
export interface PlannedWork {
  readonly providerId: string;
  readonly model: string | null;
  readonly role: string | null;
  readonly atLeast: number;
  readonly atMost: number;
  /** Steps come one after the other, what is in one at the same time. */
  readonly step: number;
}

/** From a quarter of the past below it to a quarter above. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

export interface Estimate {
  readonly tasks: Range;
  /** Null where the past says nothing. */
  readonly durationMs: Range | null;
  readonly tokens: Range | null;
  readonly usd: Range | null;
  /** What it is taken from, and what is missing; in words. */
  readonly because: readonly string[];
}

/** Fewer than these are an anecdote. */
const fewest = 3;

/**
 * What a run is likely to take, by what comparable tasks took here: of the same provider, model and
 * role, else of the same provider and model, else of the provider. Without a past nothing is said.
 */
export function estimate(
  work: readonly PlannedWork[],
  past: readonly PastTask[],
  concurrency: number,
): Estimate {
  const because = new Set<string>();
  const sorts = work.map((one) => ({ one, like: comparable(one, past, because) }));
  const total = (field: "tokens" | "usd"): Range | null => {
    const ranges = sorts.map(({ one, like }) => {
      const range = quartiles(like.map((task) => task[field]).filter((value) => value !== null));
      if (range === null && like.length > 0)
        because.add(`no ${field === "usd" ? "prices" : field} are known of ${nameOf(one)}`);
      return range && { low: range.low * one.atLeast, high: range.high * one.atMost };
    });
    return sum(ranges);
  };
  const tokens = total("tokens");
  const usd = total("usd");
  const steps = [...new Set(work.map(({ step }) => step))];
  const durationMs = sum(
    steps.map((step) =>
      durationOf(
        sorts.filter(({ one }) => one.step === step),
        concurrency,
      ),
    ),
  );
  return {
    tasks: {
      low: work.reduce((all, { atLeast }) => all + atLeast, 0),
      high: work.reduce((all, { atMost }) => all + atMost, 0),
    },
    durationMs,
    tokens: tokens && { low: Math.round(tokens.low), high: Math.round(tokens.high) },
    usd,
    because: [...because],
  };
}

interface Sort {
  readonly one: PlannedWork;
  readonly like: readonly PastTask[];
}

function comparable(
  { providerId, model, role }: PlannedWork,
  past: readonly PastTask[],
  because: Set<string>,
): readonly PastTask[] {
  const ofProvider = past.filter((task) => task.providerId === providerId);
  const ofModel = ofProvider.filter((task) => task.model === model);
  const ofRole = ofModel.filter((task) => task.role === role);
  const name = nameOf({ providerId, model });
  const tried: readonly (readonly [readonly PastTask[], string])[] = [
    [ofRole, `${name}${role === null ? "" : ` as ${role}`}`],
    [ofModel, `${name}, whatever the role`],
    [ofProvider, `${providerId}, whatever the model`],
  ];
  const found = tried.find(([tasks]) => tasks.length >= fewest);
  if (found) because.add(`${found[0].length} tasks of ${found[1]}`);
  else
    because.add(`fewer than ${fewest} tasks of ${providerId} were done here: nothing can be said`);
  return found?.[0] ?? [];
}

/** Tasks of one step share the places there are; the longest cannot be shared. */
function durationOf(sorts: readonly Sort[], concurrency: number): Range | null {
  const places = Math.max(1, concurrency);
  const parts = sorts.map(({ one, like }) => {
    const range = quartiles(like.map(({ durationMs }) => durationMs));
    return range && { one, range };
  });
  const known = parts.filter((part) => part !== null);
  if (known.length < parts.length) return null;
  const made = (edge: "low" | "high", count: "atLeast" | "atMost"): number => {
    const all = known.filter(({ one }) => one[count] > 0);
    const work = all.reduce((time, { one, range }) => time + range[edge] * one[count], 0);
    return Math.round(Math.max(0, work / places, ...all.map(({ range }) => range[edge])));
  };
  return { low: made("low", "atLeast"), high: made("high", "atMost") };
}

function quartiles(values: readonly number[]): Range | null {
  if (values.length < fewest) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const place = (sorted.length - 1) * share;
    const below = sorted[Math.floor(place)] ?? 0;
    const above = sorted[Math.ceil(place)] ?? below;
    return below + (above - below) * (place % 1);
  };
  return { low: at(0.25), high: at(0.75) };
}

/** Null as soon as one is: a part passed for the whole would mislead. */
function sum(ranges: readonly (Range | null)[]): Range | null {
  const known = ranges.filter((range) => range !== null);
  if (known.length === 0 || known.length < ranges.length) return null;
  return {
    low: known.reduce((all, { low }) => all + low, 0),
    high: known.reduce((all, { high }) => all + high, 0),
  };
}

function nameOf({ providerId, model }: Pick<PlannedWork, "providerId" | "model">): string {
  return model === null ? providerId : `${providerId} with ${model}`;
}
