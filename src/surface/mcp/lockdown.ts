import { changeAt } from "./worker-path.ts";

/**
 * An output without the text at the paths: the text becomes null, a list becomes empty, and the
 * object it stood in says `included: false, reason: "lockdown"`.
 */
export function omitWorkerText(output: unknown, paths: readonly string[]): unknown {
  return changeAt(output, paths, (holder, name) => {
    const value = holder[name];
    if (value === null) return { ...holder };
    const left = Array.isArray(value) ? [] : null;
    return { ...holder, [name]: left, included: false, reason: "lockdown" };
  });
}
