import {
  capturedScene,
  capturedScreen as screenOf,
  capturedScreens,
  folderOf,
  sceneNames as namesOf,
} from "../../support/captures.ts";
import type { Screen } from "../../../src/provider/read-screen.ts";
import type { Told } from "../../support/scene-replay.ts";

const id = "devin-cli";

export const providerFolder = folderOf(id);
export const captured = capturedScreens(id);
export const sceneNames = (): string[] => namesOf(id);
export const scene = (name: string): Told[] => capturedScene<Told>(id, name);
export const capturedScreen = (state: string, name: string): Screen => screenOf(id, state, name);
