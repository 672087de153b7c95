/** What is known of the models one agent CLI takes by name. */
export interface ModelList {
  /** Where the names come from, for people; null where nobody says. */
  readonly source: string | null;
  /** The day on which they were checked, `2026-11-21`; null where nobody says. */
  readonly checked: string | null;
  /** Days after `checked` from which on a name that is not here says nothing any more. */
  readonly staleAfterDays: number;
  /** The CLI takes no names but these and those of `also`, as far as it was when they were checked. */
  readonly complete: boolean;
  /** How every name looks, also one that is not here. */
  readonly names: NameShape | null;
  /** Further names the CLI takes, which nobody can list. */
  readonly also: readonly NameShape[];
  /** The model it uses by itself; null where an account or a setting decides. */
  readonly defaultModel: string | null;
  readonly models: readonly Model[];
}

export interface Model {
  readonly id: string;
  /** Further names of it that the CLI takes. */
  readonly aliases: readonly string[];
  readonly displayName: string | null;
  /** In tokens. */
  readonly contextWindow: number | null;
  /** Reasoning levels it has, empty for none; null where nobody knows. */
  readonly efforts: readonly string[] | null;
  readonly defaultEffort: string | null;
  readonly serviceTiers: readonly string[];
  /** The model its vendor offers instead. */
  readonly upgrade: string | null;
}

/** Names that fit a regular expression, and what they are. */
export interface NameShape {
  readonly pattern: string;
  readonly what: string;
}

/** A file of models as it stands, already checked; what it leaves out is decided by what it extends. */
export interface ModelFile {
  readonly source?: string;
  readonly checked?: string;
  readonly stale_after_days?: number;
  readonly complete?: boolean;
  readonly names?: NameShape;
  readonly also?: readonly NameShape[];
  readonly default?: string | null;
  readonly models?: readonly ModelEntry[];
  /** Ids of models of the list it extends that are left out. */
  readonly remove?: readonly string[];
}

export interface ModelEntry {
  readonly id: string;
  readonly aliases?: readonly string[];
  readonly display_name?: string;
  readonly context_window?: number | null;
  readonly efforts?: readonly string[] | null;
  readonly default_effort?: string | null;
  readonly service_tiers?: readonly string[];
  readonly upgrade?: string | null;
}

/** Catalogues of vendors change every few weeks. */
const usuallyStaleAfterDays = 30;

export const noModels: ModelList = {
  source: null,
  checked: null,
  staleAfterDays: usuallyStaleAfterDays,
  complete: false,
  names: null,
  also: [],
  defaultModel: null,
  models: [],
};

/**
 * A list with a file laid over it: what the file says of a model or of the whole wins field by
 * field, models it adds come behind, and those it removes are gone.
 */
export function extend(list: ModelList, file: ModelFile): ModelList {
  const kept = list.models.filter((model) => !file.remove?.includes(model.id));
  const entries = new Map(file.models?.map((entry) => [entry.id, entry]));
  const changed = kept.map((model) => {
    const entry = entries.get(model.id);
    entries.delete(model.id);
    return entry ? withEntry(model, entry) : model;
  });
  const added = [...entries.values()].map((entry) => withEntry(emptyModel(entry.id), entry));
  return {
    source: file.source ?? list.source,
    checked: file.checked ?? list.checked,
    staleAfterDays: file.stale_after_days ?? list.staleAfterDays,
    complete: file.complete ?? list.complete,
    names: file.names ?? list.names,
    also: [...list.also, ...(file.also ?? [])],
    defaultModel: file.default === undefined ? list.defaultModel : file.default,
    models: [...changed, ...added],
  };
}

/** The model a name stands for, by id or alias. */
export function modelNamed(list: ModelList, name: string): Model | undefined {
  return (
    list.models.find((model) => model.id === name) ??
    list.models.find((model) => model.aliases.includes(name))
  );
}

/** Whether so much time went by since the names were checked that others may have come. */
export function isOutOfDate(list: ModelList, now: number): boolean {
  if (list.checked === null) return true;
  return now - Date.parse(`${list.checked}T00:00:00Z`) > list.staleAfterDays * 86_400_000;
}

function emptyModel(id: string): Model {
  return {
    id,
    aliases: [],
    displayName: null,
    contextWindow: null,
    efforts: null,
    defaultEffort: null,
    serviceTiers: [],
    upgrade: null,
  };
}

function withEntry(model: Model, entry: ModelEntry): Model {
  return {
    id: model.id,
    aliases: entry.aliases ?? model.aliases,
    displayName: entry.display_name ?? model.displayName,
    contextWindow: entry.context_window === undefined ? model.contextWindow : entry.context_window,
    efforts: entry.efforts === undefined ? model.efforts : entry.efforts,
    defaultEffort: entry.default_effort === undefined ? model.defaultEffort : entry.default_effort,
    serviceTiers: entry.service_tiers ?? model.serviceTiers,
    upgrade: entry.upgrade === undefined ? model.upgrade : entry.upgrade,
  };
}
