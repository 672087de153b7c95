import { randomBytes } from "node:crypto";
import type { Home } from "../platform/home.ts";
import { tokenFileVariable } from "../platform/own-token.ts";
import { sha256 } from "../provider/sha256.ts";

/** What one process of a session proves by that it is of this session. */
export interface SessionToken {
  readonly text: string;
  /** Its place, in the home's own folder for tokens. */
  readonly path: string;
  readonly hash: string;
  /** What the agent's environment says of it. */
  readonly env: Readonly<Record<string, string>>;
}

/** So many tokens of a session are told apart from made-up ones. */
const hashesKept = 32;

/**
 * A token for the next process of a session. Each has a file of its own name: what is left of an
 * earlier process finds the file gone that it was told of, and never the token of the present one.
 */
export function newSessionToken(home: Pick<Home, "tokens">, sessionId: string): SessionToken {
  const text = `${sessionId}.${randomBytes(32).toString("base64url")}`;
  const hash = hashOf(text);
  const path = `${home.tokens}/${sessionId}.${hash.slice(0, 12)}`;
  return { text, path, hash, env: { [tokenFileVariable]: path } };
}

/** The hashes of a session with the one of its new process. */
export function withHash(before: readonly string[] | null, hash: string): readonly string[] {
  return [...(before ?? []), hash].slice(-hashesKept);
}

export function hashOf(token: string): string {
  return sha256(token);
}
