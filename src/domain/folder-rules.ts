/** Whether a canonical path is a folder or lies in it; `/a/ws-evil` does not lie in `/a/ws`. */
export function isWithin(path: string, folder: string): boolean {
  if (folder === "/") return true;
  return path === folder || path.startsWith(`${folder}/`);
}

/** A folder that agents do not work in. */
export interface ProtectedFolder {
  readonly path: string;
  /** What it holds, for people. */
  readonly what: string;
  /** Only the folder itself; what lies in it has rules of its own. */
  readonly only?: boolean;
}

export interface FolderRules {
  /** Agents work inside these alone; anywhere when empty. Canonical, as all here. */
  readonly allowed: readonly string[];
  readonly denied: readonly string[];
  readonly protected: readonly ProtectedFolder[];
  /** Lie in a protected folder and are not protected themselves. */
  readonly open: readonly string[];
}

export type FolderVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly rule: "allowed_roots" | "denied_roots"; readonly why: string };

/**
 * Whether an agent may work in a folder, by its canonical path. A protected folder is opened only by
 * an allowed one that lies in it: whoever allows `/` has not thought of `/etc`.
 */
export function judgeFolder(path: string, rules: FolderRules): FolderVerdict {
  const denied = rules.denied.find((folder) => isWithin(path, folder));
  if (denied !== undefined) {
    return { ok: false, rule: "denied_roots", why: `It lies in ${denied}, which is denied.` };
  }
  const allowing = rules.allowed.filter((folder) => isWithin(path, folder));
  if (rules.allowed.length > 0 && allowing.length === 0) {
    return {
      ok: false,
      rule: "allowed_roots",
      why: `It lies in none of the allowed folders: ${rules.allowed.join(", ")}.`,
    };
  }
  const guarded = rules.protected.find((one) =>
    one.only === true ? path === one.path : isWithin(path, one.path),
  );
  if (!guarded || rules.open.some((folder) => isWithin(path, folder))) return { ok: true };
  if (allowing.some((folder) => isWithin(folder, guarded.path))) return { ok: true };
  return { ok: false, rule: "denied_roots", why: `${guarded.path} holds ${guarded.what}.` };
}
