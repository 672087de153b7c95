/**
 * Keys of the ancestor's `config.yaml` that mean nothing here, with what to write or do instead. The
 * same file may lie in a home that both use, so that they are told and not refused. A key ending in
 * `.*` stands for all below it.
 */
export const ancestorKeys: Readonly<Record<string, string>> = {
  "storage.*": "everything lies in the home; set AGENTPOOL_HOME to move it",
  "runtime.*": "sessions always live in tmux, and need no settings for it",
  models: "put files of models into models/ in the home, or name them in model_catalog_paths",
  custom_providers: "put each into a file of providers/ in the home (agentpool provider new)",
  "providers.*.binary_candidates": "write providers.ID.binary",
  "providers.*.command": "write providers.ID.binary, or a provider of your own",
  "providers.*.models": "put a file into models/ in the home, or write providers.ID.default_model",
  "providers.*.metadata": "write providers.ID.default_model; the rest is known",
  "providers.*.display_name": "the name is known",
  "providers.*.harness": "how a provider is driven is known",
};

/** What to do instead of the key; undefined for one the ancestor did not know either. */
export function ancestorAdvice(path: readonly string[]): string | undefined {
  for (const [key, advice] of Object.entries(ancestorKeys)) {
    const pattern = key.split(".");
    const open = pattern.at(-1) === "*";
    const fixed = open ? pattern.slice(0, -1) : pattern;
    if (fixed.length > path.length) continue;
    if (fixed.every((part, index) => part === "*" || part === path[index])) return advice;
  }
  return undefined;
}
