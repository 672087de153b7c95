import type { Home } from "../platform/home.ts";
import type { KnownProvider } from "../provider/discover.ts";
import { judgeChoice } from "../provider/models/judge-choice.ts";
import { readModels } from "../provider/models/read-models.ts";

/** What is odd about the model and effort somebody chose; see `judgeChoice`. Never stops a start. */
export async function modelWarnings(
  { home, now }: { readonly home: Home; readonly now: () => number },
  { definition, file }: Pick<KnownProvider, "definition" | "file">,
  chosen: {
    readonly model: string | null;
    readonly effort: string | null;
    readonly version: string | null;
    /** `model_catalog_paths` */
    readonly catalogPaths: readonly string[];
  },
): Promise<string[]> {
  const { id, binary, options } = definition;
  const model = chosen.model ?? options.defaultModel ?? null;
  if (model === null) return [];
  return judgeChoice(await readModels({ id, file }, home.models, chosen.catalogPaths), {
    provider: { id, tried: binary.tried },
    version: chosen.version,
    model,
    effort: chosen.effort,
    now: now(),
  });
}
