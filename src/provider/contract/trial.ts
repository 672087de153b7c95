/** What the program is told in a trial, where plain instructions to a model mean nothing to it. */
export interface TrialFacts {
  /** Prompts cost nothing: no model of anybody's is asked. */
  readonly free?: boolean;
  /** Options of the sessions in a trial, as after `--provider-option`. */
  readonly options?: Readonly<Record<string, string>>;
  readonly prompts?: TrialPrompts;
}

/** Null says that there is no such thing in this program; an absent one is an ordinary instruction. */
export interface TrialPrompts {
  /** Makes it say `pong`. */
  readonly reply?: string | null;
  /** Has several lines; whatever it does comes to an end at once. */
  readonly lines?: string | null;
  /** What stands before a text of 64 KB, whose lines begin with a number and a colon. */
  readonly large?: string | null;
  /** Makes it ask for approval. */
  readonly approval?: string | null;
  /** Makes it ask a question. */
  readonly question?: string | null;
  /** Keeps it busy for half a minute or longer. */
  readonly work?: string | null;
}
