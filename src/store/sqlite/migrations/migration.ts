export interface Migration {
  /** `user_version` of a store that has it. */
  readonly version: number;
  /** The oldest schema version whose code may still read, and still write, the result. */
  readonly minReader: number;
  readonly minWriter: number;
  readonly sql: string;
}
