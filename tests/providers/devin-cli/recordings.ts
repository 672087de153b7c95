import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Screen } from "../../../src/provider/read-screen.ts";

/** What was captured from the agent lies beside its definition. */
export const providerFolder = join(import.meta.dirname, "../../../providers/devin-cli");

const screens = join(providerFolder, "screens");

/** Every captured screen by the state it was captured in. */
export const captured: readonly { readonly state: string; readonly name: string }[] = readdirSync(
  screens,
).flatMap((state) =>
  readdirSync(join(screens, state)).map((file) => ({ state, name: file.replace(/\.txt$/, "") })),
);

/** A captured screen: its first line says version, size, date and title, the rest is the screen. */
export function capturedScreen(state: string, name: string): Screen {
  const [head = "", ...lines] = readFileSync(join(screens, state, `${name}.txt`), "utf8")
    .trimEnd()
    .split("\n");
  return { lines, title: /, title: (.*)$/.exec(head)?.[1] ?? "" };
}

/** One thing the agent told, and when, in ms since the scene began. */
export type Told = { readonly at_ms: number } & (
  | { readonly channel: "hook"; readonly event: string; readonly payload: Record<string, unknown> }
  | { readonly channel: "log"; readonly line: string }
);

/** What the agent told in a scene, through both its channels, in the order in which it came. */
export function scene(name: string): Told[] {
  return readFileSync(join(providerFolder, "transcripts", `${name}.jsonl`), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Told);
}

export function sceneNames(): string[] {
  return readdirSync(join(providerFolder, "transcripts")).map((file) =>
    file.replace(/\.jsonl$/, ""),
  );
}
