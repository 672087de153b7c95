declare module "vitest" {
  interface TaskMeta {
    /** Why a test is skipped; scripts/test tells it, and fails where it is missing. */
    readonly why?: string;
  }
}

/** Options of a `test` or `describe` that is skipped for this reason; undefined lets it run. */
export function skipBecause(why: string | undefined): {
  readonly skip: boolean;
  readonly meta: { readonly why?: string };
} {
  return { skip: why !== undefined, meta: why === undefined ? {} : { why } };
}
