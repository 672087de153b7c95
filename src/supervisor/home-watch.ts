import type { HeldLock } from "../store/sqlite/lock.ts";

/** The home is not at its path any more: it lives on elsewhere, or nothing of it is left. */
export type HomeLoss = "moved" | "removed";

export const becauseOf: Readonly<Record<HomeLoss, string>> = {
  moved: "its home is not at its path any more; agents live on in what was moved",
  removed: "its home was removed",
};

const lookEveryMs = 2_000;

/**
 * Calls back once the home is lost for certain: two looks in a row say so, and say the same. A file
 * system that cannot be reached for a moment says neither. Returns the end of it.
 */
export function watchHome(
  lock: Pick<HeldLock, "place">,
  onLost: (loss: HomeLoss) => void,
): () => void {
  let before = lock.place();
  const timer = setInterval(() => {
    const place = lock.place();
    const isLost = place === before && (place === "moved" || place === "removed");
    before = place;
    if (!isLost) return;
    clearInterval(timer);
    onLost(place);
  }, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}
