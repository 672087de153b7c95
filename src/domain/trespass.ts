import { counted } from "./counted.ts";
import type { Lease } from "./lease.ts";
import { isCovered, overlaps } from "./path-pattern.ts";

/** A file that changed, by its path in the work tree and by what leases call it. */
export interface ChangedPath {
  readonly path: string;
  readonly key: string;
}

/** Changed files that the session had no right to change, by path. */
export interface Trespasses {
  /** No lease of the session meant them; null where it held none and nobody asks for any. */
  readonly uncovered: readonly string[] | null;
  /** Outside of what the session may change; null where it may change all. */
  readonly notAllowed: readonly string[] | null;
  /** Somebody else holds a lease on them now. */
  readonly heldByOthers: readonly { readonly path: string; readonly holder: string }[];
}

/**
 * Compares what changed with what a session may change. A lease counts that it held at any time, for
 * nobody saw when a file changed; a shared one gives no right to change anything.
 * @param rules `allowed`: patterns from the root of the work tree, null for all; `asksLeases`: a
 *   session without leases is judged too
 */
export function findTrespasses(
  changed: readonly ChangedPath[],
  rules: {
    /** All leases that the session ever asked for. */
    readonly own: readonly Lease[];
    /** Leases that are active now. */
    readonly active: readonly Lease[];
    readonly holder: string;
    readonly allowed: readonly string[] | null;
    readonly asksLeases: boolean;
  },
): Trespasses {
  const { own, active, holder, allowed, asksLeases } = rules;
  const held = own.filter(({ grantedAt }) => grantedAt !== null);
  const rights = held.filter(({ mode }) => mode === "exclusive").map(({ key }) => key);
  const others = active.filter((lease) => lease.state === "active" && lease.holder !== holder);
  const pathsWithout = (isRight: (one: ChangedPath) => boolean): string[] =>
    changed.filter((one) => !isRight(one)).map(({ path }) => path);
  return {
    uncovered:
      held.length === 0 && !asksLeases
        ? null
        : pathsWithout(({ key }) => rights.some((right) => overlaps(right, key))),
    notAllowed: allowed === null ? null : pathsWithout(({ path }) => isCovered(path, allowed)),
    heldByOthers: changed.flatMap(({ path, key }) =>
      others
        .filter((lease) => overlaps(lease.key, key))
        .map((lease) => ({ path, holder: lease.holder })),
    ),
  };
}

export const noTrespasses: Trespasses = { uncovered: null, notAllowed: null, heldByOthers: [] };

/** What a reader must know of it, without the names: those are the worker's. */
export function trespassWarnings({ uncovered, notAllowed, heldByOthers }: Trespasses): string[] {
  return [
    ...(uncovered?.length
      ? [`${counted(uncovered.length, "changed file")} covered by no lease of the session`]
      : []),
    ...(notAllowed?.length
      ? [`${counted(notAllowed.length, "changed file")} outside of what the session may change`]
      : []),
    ...(heldByOthers.length > 0
      ? [
          `${counted(new Set(heldByOthers.map(({ path }) => path)).size, "changed file")} leased by others: ${[
            ...new Set(heldByOthers.map(({ holder }) => holder)),
          ].join(", ")}`,
        ]
      : []),
  ];
}
