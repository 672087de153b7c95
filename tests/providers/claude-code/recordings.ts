import type { Screen } from "../../../src/provider/read-screen.ts";
import { capturesOf } from "../../support/captures.ts";

const captures = capturesOf<Told>("claude-code");

export const { providerFolder, captured, sceneNames, scene } = captures;

/** Its first captures do not say the title, which is the same in all of them. */
export function capturedScreen(state: string, name: string): Screen {
  return { ...captures.capturedScreen(state, name), title: "✳ Claude Code" };
}

/** One thing the agent told, and when, in ms since the scene began. */
export type Told = { readonly at_ms: number } & (
  | { readonly channel: "hook"; readonly event: string; readonly payload: Record<string, unknown> }
  | { readonly channel: "log"; readonly line: Record<string, unknown> }
  | { readonly channel: "status"; readonly text: string }
);
