import { formatPrincipal } from "../../domain/principal.ts";
import { parseSpan } from "../../domain/statistics/span.ts";
import type { OperationContext, Z } from "../define.ts";
import type { StatisticsQuestion } from "./compute.ts";
import { sectionNames, type SectionName } from "./shape.ts";

/** What all operations about statistics are asked. */
export interface SpanInput {
  window?: string;
  from?: string;
  to?: string;
  provider_id?: string;
  scope: "mine" | "all";
}

export function spanFields(z: Z) {
  return {
    window: z
      .string()
      .optional()
      .describe("24h, 7d, 2w, all, a day or two with a slash between; 7d by default"),
    from: z.string().optional().describe("From this day or time on (UTC)"),
    to: z.string().optional().describe("Up to this day or time (UTC); a day belongs to it"),
    provider_id: z.string().min(1).optional().describe("Only this provider"),
    scope: z.enum(["mine", "all"]).default("all").describe("Sessions you began, or all"),
  };
}

/** @throws invalid_input, provider_not_found */
export async function questionOf(
  { app, principal }: OperationContext,
  { window, from, to, provider_id: named, scope }: SpanInput,
  sections: readonly SectionName[] = [],
): Promise<StatisticsQuestion> {
  const span = parseSpan(
    {
      ...(window === undefined ? {} : { window }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    },
    app.now(),
  );
  return {
    span,
    providerId: named === undefined ? undefined : await app.usage.providerId(named),
    author: scope === "mine" ? formatPrincipal(principal) : undefined,
    sections: sections.length > 0 ? sections : sectionNames,
  };
}
