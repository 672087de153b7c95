import { readFileSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import { AgentpoolError } from "../domain/errors.ts";
import type { Home } from "./home.ts";

/** Names the file with the token of the session that this process belongs to. */
export const tokenFileVariable = "AGENTPOOL_SESSION_TOKEN_FILE";
/** The toolset of that session, where it has one; only says what is to be offered. */
export const toolsetVariable = "AGENTPOOL_SESSION_TOOLSET";

/**
 * The token this process carries for a home; undefined where it carries none. One of another home
 * says nothing here: an agent may well drive an agentpool of its own.
 * @throws session_token_stale when the file it names is gone
 */
export function readOwnToken(
  home: Pick<Home, "tokens">,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const path = env[tokenFileVariable] ?? "";
  if (path === "" || !liesIn(home.tokens, path)) return undefined;
  try {
    return readFileSync(path, "utf8").trim();
  } catch (thrown) {
    throw new AgentpoolError("session_token_stale", "The token of this session is gone", {
      why: "The session is over, or goes on in another process with a token of its own.",
      cause: thrown,
    });
  }
}

/**
 * The session a token says it is of; undefined for a text that is no token. Whether it is, the
 * supervisor knows.
 */
export function sessionOfToken(text: string): string | undefined {
  return /^(ap_[A-Za-z0-9]+)\.[A-Za-z0-9_-]{43}$/.exec(text)?.[1];
}

/** The same home may be named by another path, a symbolic link for instance. */
function liesIn(folder: string, path: string): boolean {
  if (path.startsWith(`${folder}/`)) return true;
  try {
    return realpathSync(dirname(path)) === realpathSync(folder);
  } catch {
    return false;
  }
}
