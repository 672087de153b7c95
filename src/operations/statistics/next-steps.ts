import type { Walls } from "../../domain/statistics/walls.ts";
import type { Statistics, TokenSection } from "./shape.ts";

/** What is worth doing about these figures. */
export function nextSteps({
  sessions,
  walls,
  tokens,
}: {
  readonly sessions: number;
  readonly walls: Walls;
  readonly tokens: TokenSection | undefined;
}): Statistics["suggested_next"] {
  if (sessions === 0) {
    return [{ command: "agentpool stats --since all", why: "nothing was begun in this window" }];
  }
  return [
    ...(walls.hit > 0 || walls.near > 0
      ? [{ command: "agentpool usage-summary --refresh", why: "sessions met limits, or nearly" }]
      : []),
    ...(walls.confidence === "low"
      ? [
          {
            command: "agentpool usage --refresh",
            why: "little was known of quotas when sessions began; ask before spawning",
          },
        ]
      : []),
    ...(tokens && tokens.totals.input > 0
      ? [{ command: "agentpool tokens --by session", why: "see which sessions spent the tokens" }]
      : []),
  ];
}
