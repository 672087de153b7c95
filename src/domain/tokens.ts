/** What a model was given and gave, in tokens. */
export interface TokenCount {
  /** All that was given to the model, with what a cache held of it. */
  readonly input: number;
  /** All that it wrote, with its reasoning. */
  readonly output: number;
  /** The part of the input that was read from a cache. */
  readonly cached: number;
  /** The part of the input that was written into a cache, where that is told. */
  readonly cacheWritten?: number;
}

/** Tokens of a turn as the agent's own log counts them. */
export interface TokenUsage extends TokenCount {
  /** The same by the name of the model, where the log tells it. */
  readonly models?: Readonly<Record<string, TokenCount>>;
}

/** Adds what single calls of models spent; calls of unknown models are in the sum alone. */
export function sumCalls(
  calls: readonly (TokenCount & { readonly model: string | null })[],
): TokenUsage {
  const models: Record<string, TokenCount> = {};
  for (const { model, ...call } of calls) {
    if (model !== null) models[model] = add(models[model] ?? noTokens, call);
  }
  return {
    ...calls.reduce<TokenCount>((total, { model: _model, ...call }) => add(total, call), noTokens),
    ...(Object.keys(models).length > 0 ? { models } : {}),
  };
}

/** What is left of `whole` when `part` of it is counted elsewhere; never less than nothing. */
export function withoutTokens(whole: TokenUsage, part: TokenUsage): TokenUsage {
  const { models, ...count } = whole;
  if (!models) return take(count, part);
  return {
    ...take(count, part),
    models: Object.fromEntries(
      Object.entries(models).map(([model, spent]) => [
        model,
        take(spent, part.models?.[model] ?? noTokens),
      ]),
    ),
  };
}

const noTokens: TokenCount = { input: 0, output: 0, cached: 0 };

function add(a: TokenCount, b: TokenCount): TokenCount {
  return each((field) => (a[field] ?? 0) + (b[field] ?? 0), [a, b]);
}

function take(a: TokenCount, b: TokenCount): TokenCount {
  return each((field) => Math.max(0, (a[field] ?? 0) - (b[field] ?? 0)), [a, b]);
}

function each(value: (field: keyof TokenCount) => number, from: readonly TokenCount[]): TokenCount {
  const isTold = from.some(({ cacheWritten }) => cacheWritten !== undefined);
  return {
    input: value("input"),
    output: value("output"),
    cached: value("cached"),
    ...(isTold ? { cacheWritten: value("cacheWritten") } : {}),
  };
}
