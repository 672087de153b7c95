import { capturesOf } from "../../support/captures.ts";
import type { Told } from "../../support/scene-replay.ts";

export const { providerFolder, captured, sceneNames, scene, capturedScreen } =
  capturesOf<Told>("droid-cli");
