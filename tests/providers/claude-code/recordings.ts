import {
  capturedScene,
  capturedScreen as screenOf,
  capturedScreens,
  folderOf,
  sceneNames as namesOf,
} from "../../support/captures.ts";
import type { Screen } from "../../../src/provider/read-screen.ts";

const id = "claude-code";

export const providerFolder = folderOf(id);
export const captured = capturedScreens(id);
export const sceneNames = (): string[] => namesOf(id);
export const scene = (name: string): Told[] => capturedScene<Told>(id, name);

/** Its first captures do not say the title, which is the same in all of them. */
export function capturedScreen(state: string, name: string): Screen {
  return { ...screenOf(id, state, name), title: "✳ Claude Code" };
}

/** One thing the agent told, and when, in ms since the scene began. */
export type Told = { readonly at_ms: number } & (
  | { readonly channel: "hook"; readonly event: string; readonly payload: Record<string, unknown> }
  | { readonly channel: "log"; readonly line: Record<string, unknown> }
  | { readonly channel: "status"; readonly text: string }
);
