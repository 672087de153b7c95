import type { Sessions } from "../../session/sessions.ts";

/** What operations ask of sessions; the class says what each promises. */
export type SessionService = Pick<Sessions, keyof Sessions>;
