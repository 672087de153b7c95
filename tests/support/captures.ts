/** What was captured from an agent CLI and lies beside its definition. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Screen } from "../../src/provider/read-screen.ts";

export interface CapturedScreen {
  /** The folder: what the agent did. */
  readonly state: string;
  readonly name: string;
  /** The first line of the file says version, size, date and title; the rest is the screen. */
  readonly screen: Screen;
}

/** All that was captured of one provider, as its tests name it. */
export function capturesOf<Told>(id: string) {
  return {
    providerFolder: folderOf(id),
    captured: capturedScreens(id),
    sceneNames: () => sceneNames(id),
    scene: (name: string) => capturedScene<Told>(id, name),
    capturedScreen: (state: string, name: string) => capturedScreen(id, state, name),
  };
}

export function folderOf(providerId: string): string {
  return join(import.meta.dirname, "../../providers", providerId);
}

/** Every captured screen of a provider, by the state it was captured in. */
export function capturedScreens(providerId: string): CapturedScreen[] {
  const folder = join(folderOf(providerId), "screens");
  return readdirSync(folder).flatMap((state) =>
    readdirSync(join(folder, state)).map((file) => {
      const text = readFileSync(join(folder, state, file), "utf8").trimEnd();
      const [head = "", ...lines] = text.split("\n");
      const title = /, title: (.*)$/.exec(head)?.[1] ?? "";
      return { state, name: file.replace(/\.txt$/, ""), screen: { lines, title } };
    }),
  );
}

export function capturedScreen(providerId: string, state: string, name: string): Screen {
  const found = capturedScreens(providerId).find((one) => one.state === state && one.name === name);
  if (!found) throw new Error(`no screen ${state}/${name} of ${providerId}`);
  return found.screen;
}

/** One scene: what the agent told through its channels, in the order in which it came. */
export function capturedScene<Told>(providerId: string, name: string): Told[] {
  return readFileSync(join(folderOf(providerId), "transcripts", `${name}.jsonl`), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Told);
}

export function sceneNames(providerId: string): string[] {
  return readdirSync(join(folderOf(providerId), "transcripts")).map((file) =>
    file.replace(/\.jsonl$/, ""),
  );
}
