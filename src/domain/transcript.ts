/** One line of a session's conversation, from the agent's own log. */
export interface TranscriptEntry {
  readonly sessionId: string;
  /** Order within the session, from 1, without gaps. */
  readonly n: number;
  readonly at: number;
  readonly role: "user" | "assistant" | "tool";
  /** Redacted. */
  readonly text: string;
  /** The agent's identity of the line; unique within the session. */
  readonly ref: string;
  readonly turnId: string | null;
}
