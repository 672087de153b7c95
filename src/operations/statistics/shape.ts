import type { Z } from "../define.ts";

export const sectionNames = [
  "sessions",
  "parallelism",
  "walls",
  "quota",
  "utilization",
  "tokens",
] as const;
export type SectionName = (typeof sectionNames)[number];

export interface CostJson {
  /** What was spent, as far as it is billed by tokens; null where it is not, or nobody knows. */
  usd: number | null;
  /** Always true: worked out from a list of prices, never read from a bill. */
  estimate: true;
  /** What the tokens cost by that list, whoever pays for them; null when none has a price. */
  list_price_usd: number | null;
  /** Tokens that have no price. */
  unpriced_tokens: number;
  /** Why there is no figure, or not all is in it. */
  reasons: readonly ("subscription" | "unknown_model" | "unknown_price")[];
}

export interface TokensJson {
  /** All that was given to models, with what a cache held. */
  input: number;
  output: number;
  cached: number;
  cache_written: number;
  cost: CostJson;
}

interface WallsJson {
  hit: number;
  near: number;
  avoided: number;
}

interface RangeJson {
  current_remaining_percent: number | null;
  min_in_window: number;
  max_in_window: number;
  samples: number;
}

export interface TokenSection {
  totals: TokensJson;
  by_provider: Record<string, TokensJson>;
  by_model: Record<string, TokensJson>;
  by_day: ({ day: string } & TokensJson)[];
  providers_without_token_data: string[];
  prices: { checked: string; source: string; file: string | null };
}

/** `stats/v1`. A section that was not asked for is absent. */
export interface Statistics {
  schema_version: "stats/v1";
  generated_at: string;
  source: "store";
  scope: "mine" | "all";
  window: { start: string | null; end: string; label: string; spec: string };
  filters: { provider_id: string | null; sections: SectionName[] };
  /** What keeps the figures from being all there is to know. */
  data_quality: string[];
  sessions?: {
    /** Sessions that lived in the window. */
    total: number;
    by_provider: Record<string, number>;
    by_role: Record<string, number>;
    /** As they stand now. */
    by_state: Record<string, number>;
    spawned: number;
    ended: number;
    terminated: number;
    failed: number;
    /** Ended because their time was up. */
    timed_out: number;
    /** Sessions in which a turn was interrupted. */
    interrupted: number;
    turns: number;
    turns_by_state: Record<string, number>;
  };
  parallelism?: {
    /** Time in which at least one agent worked. */
    wall_clock_hours: number;
    sum_worker_hours: number;
    ratio: number | null;
    peak_concurrent: number;
    peak_at: string | null;
    definition: string;
  };
  walls?: WallsJson & {
    by_reason: { refused: number; limit_reached: number };
    by_provider: Record<string, WallsJson>;
    confidence: string;
    coverage: { known: number; told: number };
    definition: string;
  };
  quota?: Record<
    string,
    RangeJson & { window: string; accounts: Record<string, (RangeJson & { name: string })[]> }
  >;
  utilization?: { subscription_utilization: number | null; periods: number; method: string };
  tokens?: TokenSection;
  suggested_next: { command: string; why: string }[];
}

export function statisticsJson(z: Z) {
  const counts = z.record(z.string(), z.number());
  return z.looseObject({
    schema_version: z.literal("stats/v1"),
    generated_at: z.string(),
    scope: z.enum(["mine", "all"]),
    window: z.looseObject({ start: z.string().nullable(), end: z.string(), label: z.string() }),
    data_quality: z.array(z.string()),
    sessions: z.looseObject({ total: z.number(), by_provider: counts }).optional(),
    parallelism: z
      .looseObject({ ratio: z.number().nullable(), peak_concurrent: z.number() })
      .optional(),
    walls: z
      .looseObject({ hit: z.number(), avoided: z.number(), confidence: z.string() })
      .optional(),
    quota: z.record(z.string(), z.looseObject({ samples: z.number() })).optional(),
    utilization: z
      .looseObject({ subscription_utilization: z.number().nullable(), method: z.string() })
      .optional(),
    tokens: z.looseObject({}).optional(),
    suggested_next: z.array(z.looseObject({ command: z.string(), why: z.string() })),
  });
}
